"""The trees of a LightGBM model's text (its format v4: one block of `key=value` lines a tree)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats

Places = NDArray[np.int64]

SIGMOIDS = frozenset(
    {"binary sigmoid:1", "cross_entropy"}
)  # objectives whose probability is the plain sigmoid
# Kinds of decisions: the lowest bit marks a categorical one, the next says that a missing value goes left, and the
# two above say what is missing: nothing (0 is taken for NaN), zero, or NaN.
LEFT_IF_MISSING, NAN_IS_MISSING = 2, 8
KNOWN_KINDS = frozenset(
    str(missing | left) for missing in (0, NAN_IS_MISSING) for left in (0, LEFT_IF_MISSING)
)


class UnknownTreesError(ValueError):
    """The text holds something that only LightGBM itself evaluates."""


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree of `n` decisions and `n + 1` leaves; a value not above the threshold goes left.

    Attributes:
        feature: The place of each decision's column, `(n,)`.
        threshold: `(n,)`.
        nan_left: Whether a missing value goes left, `(n,)`.
        left: The decision to go on with, or ~leaf, `(n,)`.
        right: The same for the other side.
        leaf: The leaves' values, `(n + 1,)`.
    """

    feature: Places
    threshold: Floats
    nan_left: NDArray[np.bool_]
    left: Places
    right: Places
    leaf: Floats


def read_trees(text: str) -> list[Tree]:
    """The trees in their order.

    Raises:
        UnknownTreesError: Something in the text means more than a `Tree` and a sigmoid can tell.
    """
    head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
    told = _values(head)
    if told.get("objective") not in SIGMOIDS or told.get("num_tree_per_iteration") != "1":
        raise UnknownTreesError(f"objective {told.get('objective')!r}")
    if "average_output" in head.splitlines():
        raise UnknownTreesError("trees are averaged")
    return [_tree(_values(block)) for block in blocks]


def _tree(told: dict[str, str]) -> Tree:
    kinds = told.get("decision_type", "").split()
    if not KNOWN_KINDS.issuperset(kinds) or told.get("is_linear", "0") != "0":
        raise UnknownTreesError(
            "categorical decisions, zeros that stand for what is missing, or linear leaves"
        )
    threshold, leaf = _floats(told, "threshold"), _floats(told, "leaf_value")
    nan_left = [
        bool(int(kind) & LEFT_IF_MISSING) if int(kind) & NAN_IS_MISSING else value >= 0
        for kind, value in zip(kinds, threshold, strict=True)
    ]
    feature, left, right = (
        np.array([int(number) for number in told.get(name, "").split()], dtype=np.int64)
        for name in ("split_feature", "left_child", "right_child")
    )
    return Tree(feature, np.array(threshold), np.array(nan_left, dtype=np.bool_), left, right, np.array(leaf))


def _floats(told: dict[str, str], name: str) -> list[float]:
    return [float(number) for number in told.get(name, "").split()]


def _values(block: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in block.splitlines())
