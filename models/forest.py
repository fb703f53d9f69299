"""Trees of several models evaluated together by compiled loops, to the bits that LightGBM computes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.compiled import entry
from models.arrays import Floats
from models.tree_text import Tree, UnknownTreesError

Places = NDArray[np.intp]
Numbers = NDArray[np.int32]
Bits = NDArray[np.uint64]

MOST_LEAVES = 64  # of a tree: one bit each
ZERO = float(np.float32(1e-35))  # LightGBM takes what is not farther from zero for zero
ALL = (1 << 64) - 1
# Tells the place of a single bit: multiplied by this sequence, the top six bits differ for each of the 64.
DE_BRUIJN = 0x03F79D71B4CB0A89
BIT_PLACES = np.zeros(64, dtype=np.int8)
for _place in range(64):
    BIT_PLACES[((DE_BRUIJN << _place) & ALL) >> 58] = _place


class Decisions(NamedTuple):
    """All decisions of all trees, by column and threshold: `n` decisions over `m` columns, `t` trees.

    Attributes:
        columns: The columns of a row that are looked at, `(m,)`.
        begins: Where each column's decisions begin, `(m + 1,)`.
        thresholds: Rising within a column, `(n,)`.
        trees: The tree of each decision, `(n,)`.
        masks: The leaves that the decision leaves, as bits, `(n,)`.
        masks_of_nan: The same for a missing value, `(n,)`.
        outputs: The output that each tree adds to, rising, `(t,)`.
        leaf_begins: Where each tree's leaves begin, `(t,)`.
        leaves: The values of leaves, from left to right.
    """

    columns: Numbers
    begins: Numbers
    thresholds: Floats
    trees: Numbers
    masks: Bits
    masks_of_nan: Bits
    outputs: Numbers
    leaf_begins: Numbers
    leaves: Floats


@dataclass(frozen=True, eq=False)
class Forest:
    """One model of trees for each output.

    A value above a decision's threshold rules out the leaves on its left. What is left of a tree after all its
    decisions begins with the leaf that the row falls into, and no branch has to be guessed on the way (C. Lucchese
    et al., QuickScorer: A fast algorithm to rank documents with additive ensembles of regression trees, SIGIR 2015).
    """

    decisions: Decisions
    n_outputs: int

    @classmethod
    def of(cls, models: Sequence[Sequence[Tree]], places: Sequence[Places]) -> Self:
        """The trees of one model for each output, with the places of its columns in a row.

        Raises:
            UnknownTreesError: A tree has more leaves than there are bits.
        """
        trees = [tree for model in models for tree in model]
        if any(len(tree.leaf) > MOST_LEAVES for tree in trees):
            raise UnknownTreesError(f"more than {MOST_LEAVES} leaves")
        outputs = [output for output, model in enumerate(models) for _ in model]
        ordered = [_from_left_to_right(tree) for tree in trees]
        columns = _joined([places[output][tree.feature] for tree, output in zip(trees, outputs, strict=True)])
        thresholds: Floats = np.concatenate([np.zeros(0), *(tree.threshold for tree in trees)])
        nan_left = _joined([tree.nan_left for tree in trees]) > 0
        order = np.lexsort((thresholds, columns))
        found, begins = np.unique(columns[order], return_index=True)
        masks = np.array([mask for _, own in ordered for mask in own], dtype=np.uint64)
        return cls(
            Decisions(
                columns=found.astype(np.int32),
                begins=np.append(begins, len(order)).astype(np.int32),
                thresholds=thresholds[order],
                trees=np.repeat(range(len(trees)), [len(tree.feature) for tree in trees])[order].astype(
                    np.int32
                ),
                masks=masks[order],
                masks_of_nan=np.where(nan_left, np.uint64(ALL), masks)[order],
                outputs=np.array(outputs, dtype=np.int32),
                leaf_begins=np.cumsum([0, *(len(tree.leaf) for tree in trees)])[:-1].astype(np.int32),
                leaves=np.concatenate(
                    [np.zeros(0), *(tree.leaf[own] for tree, (own, _) in zip(trees, ordered, strict=True))]
                ),
            ),
            len(models),
        )

    def telling_rows(self, n_rows: int) -> Floats:
        """Rows whose values lie on the thresholds, just above them, far from them and nowhere, mixed."""
        chance = np.random.default_rng(0)
        begins = self.decisions.begins
        rows = np.zeros((n_rows, int(self.decisions.columns.max(initial=0)) + 1))
        for place, column in enumerate(self.decisions.columns.tolist()):
            own = self.decisions.thresholds[begins[place] : begins[place + 1]]
            odd = [np.nan, np.inf, -np.inf, 0.0, ZERO, -ZERO]
            rows[:, column] = chance.choice([*own, *np.nextafter(own, np.inf), *odd], n_rows)
        return rows

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of rows; other threads run meanwhile, and any number may share a forest."""
        flat = np.ascontiguousarray(rows, dtype=np.float64).ravel()
        found = _probabilities(flat, len(rows), self.n_outputs, self.decisions)
        return found.reshape(len(rows), self.n_outputs)


def _from_left_to_right(tree: Tree) -> tuple[list[int], list[int]]:
    """The leaves in their order, and for each decision the bits of those that are not on its left."""
    leaves: list[int] = []
    masks = [ALL] * len(tree.feature)

    def visit(node: int) -> int:
        if node < 0:
            leaves.append(~node)
            return 1 << len(leaves) - 1
        left = visit(int(tree.left[node]))
        masks[node] = ALL & ~left
        return left | visit(int(tree.right[node]))

    visit(0 if len(tree.feature) else -1)
    return leaves, masks


def _joined(parts: Sequence[NDArray[Any]]) -> Places:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.intp)


@entry
def _probabilities(rows: Floats, n_rows: int, n_outputs: int, decisions: Decisions) -> Floats:
    columns, begins, thresholds, trees, masks, masks_of_nan, outputs, leaf_begins, leaves = decisions
    width = len(rows) // n_rows if n_rows else 0
    found = np.zeros(n_rows * n_outputs)
    left = np.empty(len(outputs), dtype=np.uint64)
    for row in range(n_rows):
        left[:] = np.uint64(ALL)
        for column in range(len(columns)):
            value = rows[row * width + columns[column]]
            if abs(value) <= ZERO:
                value = 0.0
            at, end = begins[column], begins[column + 1]
            if value != value:  # noqa: PLR0124 (missing)
                for one in range(at, end):
                    left[trees[one]] &= masks_of_nan[one]
            else:
                while at < end and thresholds[at] < value:
                    left[trees[at]] &= masks[at]
                    at += 1
        for tree in range(len(outputs)):
            lowest = left[tree] & (~left[tree] + np.uint64(1))
            place = BIT_PLACES[(lowest * np.uint64(DE_BRUIJN)) >> np.uint64(58)]
            found[row * n_outputs + outputs[tree]] += leaves[leaf_begins[tree] + place]
    for place in range(len(found)):
        found[place] = 1.0 / (1.0 + math.exp(-found[place]))
    return found
