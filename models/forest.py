"""Trees of several models evaluated together by compiled loops, to the bits that LightGBM computes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from core.compiled import entry
from models.arrays import Floats
from models.decisions import (
    ALL,
    Decisions,
    Leaves,
    Listed,
    Numbers,
    Places,
    first_leaf,
    rule_out,
    telling_values,
)
from models.tree_text import Tree


@dataclass(frozen=True, eq=False)
class Forest:
    """One model of trees for each output; see `models.decisions` for how they are evaluated.

    Attributes:
        decisions: Of all trees.
        leaves: Of all trees.
        outputs: The output that each tree adds to, rising, `(n_trees,)`.
        n_outputs: How many outputs there are.
    """

    decisions: Decisions
    leaves: Leaves
    outputs: Numbers
    n_outputs: int

    @classmethod
    def of(cls, models: Sequence[Sequence[Tree]], places: Sequence[Places]) -> Self:
        """The trees of one model for each output, with the places of its columns in a row.

        Raises:
            UnknownTreesError: A tree has more leaves than there are bits.
        """
        outputs = [output for output, model in enumerate(models) for _ in model]
        listed = Listed.of(
            [tree for model in models for tree in model], [places[output] for output in outputs]
        )
        return cls(listed.by_column(), listed.leaves, np.array(outputs, dtype=np.int32), len(models))

    def telling_rows(self, n_rows: int) -> Floats:
        """Rows whose values lie on the thresholds, just above them, far from them and nowhere, mixed."""
        width = int(self.decisions.columns.max(initial=0)) + 1
        return telling_values(self.decisions, n_rows, width, np.random.default_rng(0))

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of rows; other threads run meanwhile, and any number may share a forest."""
        flat = np.ascontiguousarray(rows, dtype=np.float64).ravel()
        found = _probabilities(flat, len(rows), self.n_outputs, self.outputs, self.decisions, self.leaves)
        return found.reshape(len(rows), self.n_outputs)


@entry
def _probabilities(
    rows: Floats, n_rows: int, n_outputs: int, outputs: Numbers, decisions: Decisions, leaves: Leaves
) -> Floats:
    begins, values = leaves
    width = len(rows) // n_rows if n_rows else 0
    found = np.zeros(n_rows * n_outputs)
    left = np.empty(len(outputs), dtype=np.uint64)
    for row in range(n_rows):
        left[:] = np.uint64(ALL)
        rule_out(left, rows, row * width, decisions)
        for tree in range(len(outputs)):
            found[row * n_outputs + outputs[tree]] += values[begins[tree] + first_leaf(left[tree])]
    for place in range(len(found)):
        found[place] = 1.0 / (1.0 + math.exp(-found[place]))
    return found
