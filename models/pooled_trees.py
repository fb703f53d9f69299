"""One LightGBM model for all tags, evaluated without its Python package."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.boosted_trees import BoostedTrees
from models.contributions import Contributions
from models.lightgbm_library import Booster
from models.pair_forest import PairForest
from models.pairs import BASE, CYCLE, NOWHERE, OWN, PairInputs
from models.tree_text import UnknownTreesError, read_trees

LIKE = "days_since_last_purchase"
"""The column that the purchase cycle is about."""

CUSTOMERS_COMPARED = 32


@dataclass(frozen=True, eq=False)
class PooledTrees:
    """Trees over pairs of a customer and a tag, with the places of a customer's columns in a feature row.

    Compiled loops evaluate them as long as they give LightGBM's very bits; otherwise its own library does.

    Attributes:
        trees: Its one booster; None where no tag had anything to learn.
        forest: The same, compiled; None where it cannot be, or differs.
        pairs: What is read of a customer and a tag.
        places: Where the columns of the pairs stand in a feature row, `(n_columns,)`.
        fixed: For each output its probability where there was nothing to learn, else NaN, `(n_outputs,)`.
    """

    trees: BoostedTrees | None
    forest: PairForest | None
    pairs: PairInputs
    places: NDArray[np.intp]
    fixed: Floats

    @classmethod
    def from_text(cls, text: str | None, pairs: PairInputs, places: NDArray[np.intp], fixed: Floats) -> Self:
        """Those of a LightGBM model's text, or of nothing where no tag had anything to learn."""
        if text is None:
            return cls(None, None, pairs, places, fixed)
        trees = BoostedTrees([Booster(text.encode())], [np.arange(len(pairs.names))], [pairs.names])
        return cls(trees, _forest_like(trees, text, pairs), pairs, places, fixed)

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`, on the calling thread alone."""
        if self.trees is None:
            return np.tile(self.fixed, (len(rows), 1))
        values = rows[:, self.places]
        if self.forest is None:
            out = _by_lightgbm(self.trees, self.pairs, values)
        else:
            out = self.forest.predict(values, self.pairs.own_of(values))
        return np.where(np.isnan(self.fixed), out, self.fixed)

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`, by TreeSHAP.

        What is the same for every customer, such as the tag's share of positives, counts to the base. The purchase
        cycle counts to the days since the last purchase.
        """
        if self.trees is None or not np.isnan(self.fixed[output]):
            odds = np.log(self.fixed[output] / (1.0 - self.fixed[output]))
            return Contributions((), np.full(len(rows), odds), np.zeros((len(rows), 0)))
        inputs = self.pairs.of_tag(output).of(rows[:, self.places])[:, 0]
        parts = self.trees.contributions(inputs, 0)
        columns, places = self._columns_of(output)
        added = np.zeros((len(columns) + 1, len(rows)))
        np.add.at(added, places, parts.values.T)
        return Contributions(columns, parts.base + added[-1], added[:-1].T)

    def _columns_of(self, output: int) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """The features that move an output's margin, and of each input the place of its own; of the base the last."""
        found = self._columns.get(output)
        if found is None:
            names = [self._told(name, output) for name in self.pairs.names]
            columns = tuple(dict.fromkeys(name for name in names if name))
            places = [columns.index(name) if name else len(columns) for name in names]
            found = self._columns[output] = columns, np.array(places, dtype=np.intp)
        return found

    @cached_property
    def _columns(self) -> dict[int, tuple[tuple[str, ...], NDArray[np.intp]]]:
        return {}

    def _told(self, name: str, output: int) -> str:
        """What an input of a tag is called as a feature; nothing for what does not differ between customers."""
        if name == BASE:
            return ""
        own = f"{LIKE}{OWN}" if name == CYCLE else name
        if own.endswith(OWN) and (stem := own.removesuffix(OWN)) in self.pairs.stems:
            place = self.pairs.own[output, self.pairs.stems.index(stem)]
            return "" if place == NOWHERE else self.pairs.columns[place]
        return "" if name == CYCLE else name


def _by_lightgbm(trees: BoostedTrees, pairs: PairInputs, values: Floats) -> Floats:
    out = np.empty((len(values), len(pairs.own)))
    for rows, inputs in pairs.blocks(values):
        out[rows] = trees.by_lightgbm(inputs).reshape(-1, len(pairs.own))
    return out


def _forest_like(trees: BoostedTrees, text: str, pairs: PairInputs) -> PairForest | None:
    """The compiled form, if it can be made and gives LightGBM's bits on rows that tell the trees apart."""
    try:
        forest = PairForest.of(read_trees(text), pairs)
    except UnknownTreesError:
        return None
    values, own = forest.telling_rows(CUSTOMERS_COMPARED, len(pairs.columns), pairs.n_of_pair)
    inputs = pairs.joined(values, own).reshape(-1, len(pairs.names))
    expected = trees.by_lightgbm(inputs).reshape(CUSTOMERS_COMPARED, -1)
    return forest if np.array_equal(forest.predict(values, own), expected) else None
