"""LightGBM models that predict side by side, one for each output, without pandas or scikit-learn."""

import ctypes
from collections.abc import Sequence
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.contributions import Contributions
from models.forest import Forest
from models.lightgbm_library import Booster
from models.tree_text import UnknownTreesError, read_trees

ROWS_COMPARED = 64

Places = NDArray[np.intp]


class BoostedTrees:
    """One booster for each output, with the places of its columns in a feature row.

    Compiled loops evaluate all of them together, in a tenth of LightGBM's own time, as long as they give its very
    bits. Otherwise its own library does: one row with what it prepared once for single rows, more rows as a matrix.
    Either adds the same leaves in the same order, so a row gets the same bits alone and among others.
    """

    def __init__(
        self, boosters: Sequence[Booster], places: Sequence[Places], columns: Sequence[tuple[str, ...]]
    ) -> None:
        self.forest: Forest | None = None
        self._boosters = tuple(boosters)
        self._places = tuple(places)
        self._columns = tuple(columns)
        self._lock = Lock()  # what is prepared for single rows serves one at a time
        self._all_places = np.concatenate([*self._places, np.zeros(0, dtype=np.intp)])
        self._row = np.empty(len(self._all_places))
        self._out = np.empty(len(self._boosters))
        starts = np.cumsum([0, *(len(own) for own in self._places)])
        self._addresses = [
            (ctypes.c_void_p(_address(self._row, start)), ctypes.c_void_p(_address(self._out, output)))
            for output, start in enumerate(starts[:-1].tolist())
        ]

    @classmethod
    def from_texts(
        cls, texts: Sequence[str], places: Sequence[Places], columns: Sequence[tuple[str, ...]]
    ) -> Self:
        """Boosters of LightGBM's model texts, with the places and names of the columns that each reads.

        It is the only thing here that loads LightGBM.
        """
        trees = cls([Booster(text.encode()) for text in texts], places, columns)
        trees.forest = _forest_like(trees, texts, places)
        return trees

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`, on the calling thread alone."""
        return self.by_lightgbm(rows) if self.forest is None else self.forest.predict(rows)

    def by_lightgbm(self, rows: Floats) -> Floats:
        """The same from LightGBM's library."""
        if len(rows) == 1:
            return self._one(rows[0])
        scores = np.empty((len(self._boosters), len(rows)))
        for output, booster in enumerate(self._boosters if len(rows) else ()):
            booster.rows(np.ascontiguousarray(rows[:, self._places[output]]), scores[output])
        return scores.T

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`, by TreeSHAP."""
        values = np.ascontiguousarray(rows[:, self._places[output]])
        parts = self._boosters[output].contributions(values)
        return Contributions(self._columns[output], parts[:, -1], parts[:, :-1])

    def _one(self, row: Floats) -> Floats:
        with self._lock:
            row.take(self._all_places, out=self._row)
            for booster, (values, out) in zip(self._boosters, self._addresses, strict=True):
                booster.row(values, out)
            return self._out[None].copy()


def _forest_like(trees: BoostedTrees, texts: Sequence[str], places: Sequence[Places]) -> Forest | None:
    """The compiled form, if it can be made and gives LightGBM's bits on rows that tell the trees apart."""
    try:
        forest = Forest.of([read_trees(text) for text in texts], places)
    except UnknownTreesError:
        return None
    rows = forest.telling_rows(ROWS_COMPARED)
    width = max((int(own.max(initial=0)) + 1 for own in places), default=0)
    rows = np.pad(rows, ((0, 0), (0, max(width - rows.shape[1], 0))))
    return forest if np.array_equal(forest.predict(rows), trees.by_lightgbm(rows)) else None


def _address(array: Floats, place: int) -> int:
    return int(array.ctypes.data) + place * array.itemsize
