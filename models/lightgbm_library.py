"""LightGBM's own compiled library, called without its Python package.

The package imports pandas and scikit-learn wherever they are installed, and its glue costs more than a small
model's trees. The library's C interface is public and documented (https://lightgbm.readthedocs.io, "C API").
"""

import ctypes
import sys
import weakref
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import NotReadyError, UnavailableError

Floats = npt.NDArray[np.float64]

_FLOAT64, _BY_ROWS, _PROBABILITY, _CONTRIBUTIONS, _FIRST_TREE, _ALL_TREES = 1, 1, 0, 3, 0, -1
_SETTINGS = b"num_threads=1 verbosity=-1"
_NAMES = {"win32": "lib_lightgbm.dll", "darwin": "lib_lightgbm.dylib"}
_FOLDERS = ("lib", "bin", ".")


class Booster:
    """One model of LightGBM; `rows` may be asked of several threads at once, `row` of one at a time."""

    def __init__(self, text: bytes) -> None:
        """Load a model's text."""
        handle, trees, width = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
        _check(_library().LGBM_BoosterLoadModelFromString(text, ctypes.byref(trees), ctypes.byref(handle)))
        weakref.finalize(self, _library().LGBM_BoosterFree, handle)
        _check(_library().LGBM_BoosterGetNumFeature(handle, ctypes.byref(width)))
        self._handle = handle
        self._row = _prepare_row(handle, width.value)
        weakref.finalize(self, _library().LGBM_FastConfigFree, self._row)
        self._count = ctypes.byref(ctypes.c_int64())
        self.width = width.value

    def rows(self, values: Floats, out: Floats) -> None:
        """Probabilities of contiguous rows `(n, width)` into `out` `(n,)`; lets other threads run meanwhile."""
        self._matrix(values, out, _PROBABILITY)

    def contributions(self, values: Floats) -> Floats:
        """TreeSHAP's parts of the margins of contiguous rows `(n, width)`: `(n, width + 1)`, last what is expected."""
        out = np.empty((len(values), self.width + 1))
        self._matrix(values, out, _CONTRIBUTIONS)
        return out

    def _matrix(self, values: Floats, out: Floats, what: int) -> None:
        pointer, result = ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(out.ctypes.data)
        shape = (ctypes.c_int32(len(values)), ctypes.c_int32(self.width), _BY_ROWS)
        how = (what, _FIRST_TREE, _ALL_TREES, _SETTINGS)
        count = ctypes.byref(ctypes.c_int64())
        _check(
            _library().LGBM_BoosterPredictForMat(self._handle, pointer, _FLOAT64, *shape, *how, count, result)
        )

    def row(self, values: ctypes.c_void_p, out: ctypes.c_void_p) -> None:
        """The probability of the one row at an address, written to an address.

        It takes a few microseconds: letting another thread run first would cost more than the answer.
        """
        if _quick_library().LGBM_BoosterPredictForMatSingleRowFast(self._row, values, self._count, out):
            _check(1)


def _prepare_row(handle: ctypes.c_void_p, width: int) -> ctypes.c_void_p:
    config = ctypes.c_void_p()
    how = (_PROBABILITY, _FIRST_TREE, _ALL_TREES, _FLOAT64, ctypes.c_int32(width), _SETTINGS)
    _check(_library().LGBM_BoosterPredictForMatSingleRowFastInit(handle, *how, ctypes.byref(config)))
    return config


def _check(status: int) -> None:
    if status:
        raise UnavailableError(
            "LightGBM refuses a model: {reason}",
            reason=_library().LGBM_GetLastError().decode("utf-8", "replace"),
        )


@cache
def _library() -> ctypes.CDLL:
    return _open(ctypes.CDLL)


@cache
def _quick_library() -> ctypes.PyDLL:
    """The same library; a call keeps the interpreter's lock."""
    opened = _open(ctypes.PyDLL)
    assert isinstance(opened, ctypes.PyDLL)  # noqa: S101 (what was asked for)
    return opened


def _open(kind: type[ctypes.CDLL]) -> ctypes.CDLL:
    found = find_spec("lightgbm")
    folder = Path(found.origin).parent if found and found.origin else Path()
    files = [folder / where / _NAMES.get(sys.platform, "lib_lightgbm.so") for where in _FOLDERS]
    file = next((file for file in files if file.is_file()), files[0])
    try:
        library = kind(str(file))
    except OSError as error:
        raise without_openmp(error) from error
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def without_openmp(error: OSError) -> NotReadyError:
    """What to do where LightGBM's library finds no OpenMP."""
    return NotReadyError(
        "LightGBM cannot be loaded ({reason}). It needs the system's OpenMP library: "
        "`apt install libgomp1` on Debian and Ubuntu, `dnf install libgomp` on Fedora and RHEL, "
        "`brew install libomp` on macOS",
        reason=error,
    )
