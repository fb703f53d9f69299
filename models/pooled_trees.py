"""One LightGBM model for all tags, evaluated without its Python package."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.boosted_trees import BoostedTrees
from models.contributions import Contributions
from models.pairs import BASE, CYCLE, NOWHERE, OWN, PairInputs

LIKE = "days_since_last_purchase"
"""The column that the purchase cycle is about."""


@dataclass(frozen=True, eq=False)
class PooledTrees:
    """Trees over pairs of a customer and a tag, with the places of a customer's columns in a feature row.

    Attributes:
        trees: Its one booster; None where no tag had anything to learn.
        pairs: What is read of a customer and a tag.
        places: Where the columns of the pairs stand in a feature row, `(n_columns,)`.
        fixed: For each output its probability where there was nothing to learn, else NaN, `(n_outputs,)`.
    """

    trees: BoostedTrees | None
    pairs: PairInputs
    places: NDArray[np.intp]
    fixed: Floats

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`, on the calling thread alone."""
        out = np.empty((len(rows), len(self.fixed)))
        if self.trees is not None:
            for block, inputs in self.pairs.blocks(rows[:, self.places]):
                out[block] = self.trees.predict(inputs).reshape(-1, len(self.fixed))
        return np.where(np.isnan(self.fixed), out, self.fixed)

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`, by TreeSHAP.

        What is the same for every customer, such as the tag's share of positives, counts to the base. The purchase
        cycle counts to the days since the last purchase.
        """
        if self.trees is None or not np.isnan(self.fixed[output]):
            odds = np.log(self.fixed[output] / (1.0 - self.fixed[output]))
            return Contributions((), np.full(len(rows), odds), np.zeros((len(rows), 0)))
        inputs = np.ascontiguousarray(self.pairs.of(rows[:, self.places])[:, output])
        parts = self.trees.contributions(inputs, 0)
        names = [self._told(name, output) for name in self.pairs.names]
        columns = tuple(dict.fromkeys(name for name in names if name))
        values_of = np.zeros((len(rows), len(columns)))
        base = parts.base.copy()
        for name, part in zip(names, parts.values.T, strict=True):
            target = values_of[:, columns.index(name)] if name else base
            target += part
        return Contributions(columns, base, values_of)

    def _told(self, name: str, output: int) -> str:
        """What an input of a tag is called as a feature; nothing for what does not differ between customers."""
        if name == BASE:
            return ""
        own = f"{LIKE}{OWN}" if name == CYCLE else name
        if own.endswith(OWN) and (stem := own.removesuffix(OWN)) in self.pairs.stems:
            place = self.pairs.own[output, self.pairs.stems.index(stem)]
            return "" if place == NOWHERE else self.pairs.columns[place]
        return "" if name == CYCLE else name
