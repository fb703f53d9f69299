"""The decisions of trees laid out by column and threshold, for compiled loops to go through in order.

A value above a decision's threshold rules out the leaves on its left. What is left of a tree after all its decisions
begins with the leaf that the row falls into, and no branch has to be guessed on the way (C. Lucchese et al.,
QuickScorer: A fast algorithm to rank documents with additive ensembles of regression trees, SIGIR 2015).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.compiled import compiled
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
    """Decisions of trees: `n` of them over `m` columns.

    Attributes:
        columns: The columns of a row that are looked at, `(m,)`.
        begins: Where each column's decisions begin, `(m + 1,)`.
        thresholds: Rising within a column, `(n,)`.
        trees: The tree of each decision, `(n,)`.
        masks: The leaves that the decision leaves, as bits, `(n,)`.
        masks_of_nan: The same for a missing value, `(n,)`.
    """

    columns: Numbers
    begins: Numbers
    thresholds: Floats
    trees: Numbers
    masks: Bits
    masks_of_nan: Bits


class Leaves(NamedTuple):
    """The leaves of `t` trees.

    Attributes:
        begins: Where each tree's leaves begin, `(t,)`.
        values: From left to right, tree after tree.
    """

    begins: Numbers
    values: Floats


@dataclass(frozen=True, eq=False)
class Listed:
    """All decisions of trees, tree after tree, and their leaves.

    Attributes:
        columns: What each decision looks at, `(n,)`.
        thresholds: `(n,)`.
        trees: `(n,)`.
        masks: See `Decisions`, `(n,)`.
        masks_of_nan: `(n,)`.
        leaves: Of the trees.
    """

    columns: Places
    thresholds: Floats
    trees: Numbers
    masks: Bits
    masks_of_nan: Bits
    leaves: Leaves

    @classmethod
    def of(cls, trees: Sequence[Tree], places: Iterable[Places]) -> Self:
        """The decisions of those trees, each with the places of its columns in a row.

        Raises:
            UnknownTreesError: A tree has more leaves than there are bits.
        """
        if any(len(tree.leaf) > MOST_LEAVES for tree in trees):
            raise UnknownTreesError(f"more than {MOST_LEAVES} leaves")
        ordered = [_from_left_to_right(tree) for tree in trees]
        masks = np.array([mask for _, own in ordered for mask in own], dtype=np.uint64)
        nan_left = _joined([tree.nan_left for tree in trees]) > 0
        leaves = [tree.leaf[own] for tree, (own, _) in zip(trees, ordered, strict=True)]
        return cls(
            columns=_joined([own[tree.feature] for tree, own in zip(trees, places, strict=True)]),
            thresholds=np.concatenate([np.zeros(0), *(tree.threshold for tree in trees)]),
            trees=np.repeat(range(len(trees)), [len(tree.feature) for tree in trees]).astype(np.int32),
            masks=masks,
            masks_of_nan=np.where(nan_left, np.uint64(ALL), masks),
            leaves=Leaves(
                np.cumsum([0, *(len(own) for own in leaves)])[:-1].astype(np.int32),
                np.concatenate([np.zeros(0), *leaves]),
            ),
        )

    def by_column(self, chosen: NDArray[np.bool_] | slice = slice(None)) -> Decisions:
        """The chosen decisions, column by column."""
        columns, thresholds = self.columns[chosen], self.thresholds[chosen]
        order = np.lexsort((thresholds, columns))
        found, begins = np.unique(columns[order], return_index=True)
        return Decisions(
            columns=found.astype(np.int32),
            begins=np.append(begins, len(order)).astype(np.int32),
            thresholds=thresholds[order],
            trees=self.trees[chosen][order],
            masks=self.masks[chosen][order],
            masks_of_nan=self.masks_of_nan[chosen][order],
        )


def telling_values(decisions: Decisions, n_rows: int, width: int, chance: np.random.Generator) -> Floats:
    """Rows `(n_rows, width)` whose values lie on thresholds, just above them, far from them and nowhere, mixed."""
    rows = np.zeros((n_rows, width))
    for place, column in enumerate(decisions.columns.tolist()):
        own = decisions.thresholds[decisions.begins[place] : decisions.begins[place + 1]]
        odd = [np.nan, np.inf, -np.inf, 0.0, ZERO, -ZERO]
        rows[:, column] = chance.choice([*own, *np.nextafter(own, np.inf), *odd], n_rows)
    return rows


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


@compiled
def rule_out(left: Bits, values: Floats, start: int, decisions: Decisions) -> None:
    """Takes from `left`, a mask for each tree, the leaves that a row rules out; the row begins at `start`."""
    columns, begins, thresholds, trees, masks, masks_of_nan = decisions
    for column in range(len(columns)):
        value = values[start + columns[column]]
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


@compiled
def first_leaf(left: np.uint64) -> np.int8:
    """The place of the lowest bit: the leaf that is left."""
    lowest = left & (~left + np.uint64(1))
    place: np.int8 = BIT_PLACES[(lowest * np.uint64(DE_BRUIJN)) >> np.uint64(58)]
    return place
