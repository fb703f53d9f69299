"""LightGBM's Python package as our models are trained with it."""

import importlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.arrays import Floats
from models.lightgbm_library import without_openmp

# One thread: more of them wait for each other in so small a training, and each training of several has its own.
_QUIET = {"verbosity": -1, "num_threads": 1}

_ALWAYS = {
    **_QUIET,
    # Cross entropy is the same loss as LightGBM's `binary`, and takes the smoothed share that stands for one class.
    "objective": "cross_entropy",
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    # With a share of the columns for each tree it takes half the time of going by rows, and gives the same trees.
    "force_col_wise": True,
}


def boost(data: Any, n_rounds: int, parameters: Mapping[str, float]) -> Any:
    """The `lightgbm.Booster` of so many trees, which says probabilities."""
    return load_lightgbm().train({**_ALWAYS, **parameters}, data, n_rounds)


def dataset(
    values: Any,
    y: Floats | None,
    names: Sequence[str],
    *,
    keep: bool = False,
    bins: Mapping[str, int] | None = None,
) -> Any:
    """A `lightgbm.Dataset` of rows `(n, n_columns)` with their labels `(n,)`.

    It may keep the rows. `bins` are LightGBM's parameters of how columns are cut.
    """
    parameters = {**_QUIET, **(bins or {})}
    return load_lightgbm().Dataset(
        values, y, feature_name=list(names), params=parameters, free_raw_data=not keep
    )


@dataclass(frozen=True, eq=False)
class Binned:
    """Columns `(n, n_columns)` cut into bins once for several boosters, which else takes half of their time."""

    values: Floats
    names: Sequence[str]

    def beside(self, own: Floats, names: Sequence[str], y: Floats) -> Any:
        """A `lightgbm.Dataset` of columns of its own `(n, n_own)`, then these; it gives the trees of one made anew."""
        if not len(names):
            return dataset(self.values, y, self.names)
        joined = dataset(own, y, names, keep=True).construct()
        joined.add_features_from(self._data)
        return joined

    @cached_property
    def _data(self) -> Any:
        # Without its values LightGBM would warn that they cannot be joined.
        return dataset(self.values, None, self.names, keep=True).construct()


def load_lightgbm() -> Any:
    """The module `lightgbm`, imported at its first use so that everything else runs where it cannot load.

    Raises:
        NotReadyError: The system lacks the OpenMP library that LightGBM is linked with.
    """
    # It says so whenever columns are joined, and there is no other way to join them; none of ours is categorical.
    warnings.filterwarnings("ignore", message="Resetting categorical features")
    try:
        return importlib.import_module("lightgbm")
    except OSError as error:
        raise without_openmp(error) from error


def thread_count(n_jobs: int | None) -> int:
    """Threads for `n_jobs` as scikit-learn counts them: None is 1, -1 all cores, -2 all but one.

    >>> thread_count(None), thread_count(3), thread_count(-1) >= 1
    (1, 3, True)
    """
    if n_jobs is None:
        return 1
    return n_jobs if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + n_jobs)
