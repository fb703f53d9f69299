"""Trees over pairs of a customer and a tag, evaluated by compiled loops to the bits that LightGBM computes.

Most decisions ask about the customer, who is the same for every tag: these are made once a customer. Those about a
tag's share of positives are made once and for all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from core.compiled import entry
from models.arrays import Floats
from models.decisions import ALL, ZERO, Bits, Decisions, Leaves, Listed, first_leaf, rule_out, telling_values
from models.pairs import PairInputs
from models.tree_text import Tree


@dataclass(frozen=True, eq=False)
class PairForest:
    """One model of `n_trees` trees for the pairs of each customer with `n_tags` tags.

    Attributes:
        of_customer: Decisions about a customer's row.
        of_pair: Decisions about what is the pair's own.
        left: What the tags' shares of positives leave of each tree, `(n_tags, n_trees)`.
        leaves: Of all trees.
    """

    of_customer: Decisions
    of_pair: Decisions
    left: Bits
    leaves: Leaves

    @classmethod
    def of(cls, trees: Sequence[Tree], pairs: PairInputs) -> Self:
        """The trees of one model over the inputs of those pairs.

        Raises:
            UnknownTreesError: A tree has more leaves than there are bits.
        """
        base = pairs.n_of_pair
        listed = Listed.of(trees, [np.arange(len(pairs.names))] * len(trees))
        about = listed.by_column(listed.columns > base)
        return cls(
            about._replace(columns=pairs.general[about.columns - base - 1].astype(np.int32)),
            listed.by_column(listed.columns < base),
            np.array([_left(listed, base, share, len(trees)) for share in pairs.base], dtype=np.uint64),
            listed.leaves,
        )

    def telling_rows(self, n_rows: int, width: int, n_of_pair: int) -> tuple[Floats, Floats]:
        """Customers' rows `(n_rows, width)` and what is their pairs' own `(n_rows, n_tags, n_of_pair)`.

        Their values lie on the thresholds, just above them, far from them and nowhere, mixed.
        """
        chance, n_tags = np.random.default_rng(0), len(self.left)
        own = telling_values(self.of_pair, n_rows * n_tags, n_of_pair, chance)
        return telling_values(self.of_customer, n_rows, width, chance), own.reshape(n_rows, n_tags, n_of_pair)

    def predict(self, rows: Floats, own: Floats) -> Floats:
        """Probabilities `(n, n_tags)` of customers' rows and what is their pairs' own `(n, n_tags, n_of_pair)`.

        Other threads run meanwhile, and any number may share a forest.
        """
        flat, of_pairs = (np.ascontiguousarray(values).ravel() for values in (rows, own))
        shape = (len(rows), len(self.left))
        found = _probabilities(
            flat, of_pairs, *shape, self.left.ravel(), self.of_customer, self.of_pair, self.leaves
        )
        return found.reshape(shape)


def _left(listed: Listed, column: int, value: float, n_trees: int) -> Bits:
    """What is left of each tree where a column has that value, which is never missing."""
    value = 0.0 if abs(value) <= ZERO else value
    against = (listed.columns == column) & (listed.thresholds < value)
    left = np.full(n_trees, ALL, dtype=np.uint64)
    np.bitwise_and.at(left, listed.trees[against], listed.masks[against])
    return left


@entry
def _probabilities(
    rows: Floats,
    own: Floats,
    n_rows: int,
    n_tags: int,
    left_of_tags: Bits,
    of_customer: Decisions,
    of_pair: Decisions,
    leaves: Leaves,
) -> Floats:
    begins, values = leaves
    n_trees, n_pairs = len(begins), n_rows * n_tags
    width = len(rows) // n_rows if n_rows else 0
    own_width = len(own) // n_pairs if n_pairs else 0
    found = np.empty(n_pairs)
    left, left_of_customer = np.empty(n_trees, dtype=np.uint64), np.empty(n_trees, dtype=np.uint64)
    for row in range(n_rows):
        left_of_customer[:] = np.uint64(ALL)
        rule_out(left_of_customer, rows, row * width, of_customer)
        for tag in range(n_tags):
            pair = row * n_tags + tag
            for tree in range(n_trees):
                left[tree] = left_of_customer[tree] & left_of_tags[tag * n_trees + tree]
            rule_out(left, own, pair * own_width, of_pair)
            margin = 0.0
            for tree in range(n_trees):
                margin += values[begins[tree] + first_leaf(left[tree])]
            found[pair] = 1.0 / (1.0 + math.exp(-margin))
    return found
