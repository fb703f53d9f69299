"""Loops over arrays as machine code: compiled once per installation, then loaded from disk.

Functions marked `compiled` call each other; an `entry` is what Python calls. An entry is compiled with all that it
calls into one piece, which loads faster than many. Numba is imported when the first entry runs and not before:
commands that need no features start without it.
"""

import hashlib
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, update_wrapper
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, get_args, get_type_hints

import numpy as np
from filelock import FileLock

_PYTHON = f"{sys.version_info.major}{sys.version_info.minor}"

P = ParamSpec("P")
R = TypeVar("R")

# Numbers behave as numpy's do: a division by zero is no error. Sums keep their order (fastmath stays off), so one
# customer gets the same bits alone and among millions.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


class Compiled(Generic[P, R]):
    """A function that compiled ones call as machine code; called from Python it is the plain function."""

    def __init__(self, function: Callable[P, R]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the plain function gives."""
        return self.function(*args, **kwargs)

    @cached_property
    def _dispatcher(self) -> Any:
        from numba import njit  # noqa: PLC0415 (see the module)

        return njit(**_OPTIONS)(self.function)

    @property
    def _numba_type_(self) -> Any:
        """Numba asks for this where a compiled function names this one."""
        from numba.core.types import Dispatcher  # noqa: PLC0415 (see the module)

        return Dispatcher(self._dispatcher)


def compiled(function: Callable[P, R]) -> Compiled[P, R]:
    """Make a function one that compiled ones can call."""
    return Compiled(function)


class Entry(Generic[P, R]):
    """A compiled function that Python calls, with arrays, numbers and named tuples of them as its hints say.

    It gets each named tuple as a plain one. Arrays may be read-only and are not written to. Other threads run
    meanwhile.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self.function = function
        self._lock = threading.Lock()
        self._code: Callable[..., R] | None = None
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the machine code gives."""
        code = self._code or self.load()
        return code(*[tuple(arg) if isinstance(arg, tuple) else arg for arg in args], **kwargs)

    def load(self, notice: Callable[[], object] | None = None) -> Callable[..., R]:
        """Have the machine code ready; `notice`, or what `announce` was given, is called before it is compiled.

        Processes that need it at once wait for the first. What it compiled is kept beside the source or, where that
        cannot be written, in the user's cache folder; where there is none either, each process compiles.
        """
        with self._lock:
            if self._code is None:
                self._code = self._loaded(notice or _announcement)
            return self._code

    def _loaded(self, notice: Callable[[], object]) -> Callable[..., R]:
        from numba import njit  # noqa: PLC0415 (see the module)

        # Numba looks for what it kept by the function's name and does not see changes of what the function calls.
        name = f"{self.function.__qualname__}-{fingerprint(self.function)}"
        function = _renamed(self.function, name)
        try:
            dispatcher = njit(cache=True, **_OPTIONS)(function)
        except RuntimeError:  # there is no folder to keep it in
            dispatcher = njit(**_OPTIONS)(function)
        kept = _Kept(dispatcher.stats.cache_path, function)
        with kept.lock():
            is_kept = kept.exists()
            if not is_kept:
                notice()
            kept.compile(dispatcher, _signature(self.function))
            if not is_kept:
                kept.remove_older()
        dispatcher.disable_compile()
        code: Callable[..., R] = dispatcher
        return code


def _announcement() -> None:
    """Once: what else the program compiles is of the same minute."""
    told = list(_TELL)
    _TELL.clear()
    for tell in told:
        tell()


_TELL: list[Callable[[], object]] = []


def announce(tell: Callable[[], object]) -> None:
    """Have somebody told before loops are compiled, which takes half a minute; a program says once whom."""
    _TELL[:] = [tell]


def entry(function: Callable[P, R]) -> Entry[P, R]:
    """Make a function of arrays one that Python calls as machine code."""
    return Entry(function)


def fingerprint(function: Callable[..., Any]) -> str:
    """Equal where a function and all that it calls compile to the same: their code and the values they name."""
    digest = hashlib.blake2b(digest_size=8)
    for part in _parts(function, set()):
        digest.update(part)
    return digest.hexdigest()


def _parts(function: Any, seen: set[Any]) -> Iterator[bytes]:
    code = function.__code__
    yield from _code_parts(code, function.__doc__)
    free = dict(
        zip(code.co_freevars, (cell.cell_contents for cell in function.__closure__ or ()), strict=True)
    )
    for name in [*code.co_names, *code.co_freevars]:
        value = free.get(name, function.__globals__.get(name))
        if isinstance(value, Compiled):
            if value not in seen:
                seen.add(value)
                yield from _parts(value.function, seen)
        elif isinstance(value, np.ndarray):
            yield value.tobytes()
        elif not inspect.ismodule(value):
            yield repr(getattr(value, "__annotations__", value)).encode()


def _code_parts(code: CodeType, docstring: str | None = None) -> Iterator[bytes]:
    yield code.co_code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_parts(constant)
        elif constant is None or constant != docstring:
            yield repr(constant).encode()


def _renamed(function: Any, name: str) -> FunctionType:
    same = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    same.__qualname__ = name
    same.__module__ = function.__module__
    return same


def _signature(function: Callable[..., Any]) -> tuple[Any, ...]:
    hints = get_type_hints(function)
    return tuple(_numba_type(hints[name]) for name in inspect.signature(function).parameters)


def _numba_type(hint: Any) -> Any:
    from numba import from_dtype, int64, types  # noqa: PLC0415 (see the module)

    if hint is int:
        return int64
    if isinstance(hint, type) and issubclass(hint, tuple):
        fields = get_type_hints(hint).values()
        return types.Tuple([_numba_type(field) for field in fields])  # type: ignore[no-untyped-call]  # numba's own
    (scalar,) = get_args(get_args(hint)[1])
    return types.Array(from_dtype(np.dtype(scalar)), 1, "C", readonly=True)


class _Kept:
    """What Numba keeps of one compiled function on disk; no folder where it cannot be kept."""

    def __init__(self, folder: str | None, function: FunctionType) -> None:
        self._folder = Path(folder) if folder else None
        self._name = function.__qualname__
        self._plain = self._name.rsplit("-", 1)[0]
        self._stem = Path(function.__code__.co_filename).stem

    def exists(self) -> bool:
        """Whether there is something to load."""
        return bool(self._files())

    def lock(self) -> AbstractContextManager[object]:
        """Held by the one process that loads or compiles; the others find what it kept."""
        if self._folder is None:
            return nullcontext()
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / f"{self._name}.lock")

    def compile(self, dispatcher: Any, signature: tuple[Any, ...]) -> None:
        """Load or compile for the argument types; what was kept and cannot be read is put away first."""
        try:
            dispatcher.compile(signature)
        except Exception:  # noqa: BLE001 (a broken file raises anything)
            if dispatcher.signatures:  # compiled, but it could not be kept: the disk is full
                return
            for file in self._files():
                file.unlink(missing_ok=True)
            dispatcher.compile(signature)

    def remove_older(self) -> None:
        """Remove what was kept of the function as it was before, for this Python."""
        for file in self._folder.glob(f"{self._stem}.*.py{_PYTHON}*") if self._folder else ():
            if file.name.startswith(f"{self._stem}.{self._plain}-") and self._name not in file.name:
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [] if self._folder is None else list(self._folder.glob(f"*{self._name}*.nb[ci]"))
