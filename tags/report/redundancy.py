"""Which tags say the same of the same customers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.histories import Floats, Mask

ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Overlap:
    """Two tags side by side, the one with more carriers first.

    Attributes:
        both: Customers who carry both.
        jaccard: Their share of those who carry either.
        contained: Their share of the second one's carriers.
        mutual_information: What one tells about the other, over the most that it could (the smaller of the two
            entropies): 0 nothing, 1 all.
        expected: How many would carry both if the tags had nothing to do with each other.
    """

    first: str
    second: str
    both: int
    jaccard: float
    contained: float
    mutual_information: float
    expected: float


def overlaps(names: Sequence[str], carries: Mask) -> list[Overlap]:
    """Every pair of tags with carriers, those first that overlap most.

    Args:
        names: Of the tags.
        carries: `(n_customers, n_tags)`.
    """
    together = _together(carries)
    counts, total = np.diag(together), len(carries)
    order = np.argsort(-counts, kind="stable")
    chosen = [place for place in order.tolist() if counts[place]]
    found = [
        _overlap(
            names[one], names[other], int(together[one, other]), int(counts[one]), int(counts[other]), total
        )
        for number, one in enumerate(chosen)
        for other in chosen[number + 1 :]
    ]
    return sorted(found, key=lambda pair: (-pair.jaccard, pair.first, pair.second))


def _together(carries: Mask) -> Floats:
    """How many customers carry each pair: exact, since no part has more rows than a float32 counts."""
    counts = np.zeros((carries.shape[1], carries.shape[1]))
    for start in range(0, len(carries), ROWS_AT_ONCE):
        some = carries[start : start + ROWS_AT_ONCE].astype(np.float32)
        counts += some.T @ some
    return counts


def _overlap(first: str, second: str, both: int, n_first: int, n_second: int, total: int) -> Overlap:
    either = n_first + n_second - both
    return Overlap(
        first,
        second,
        both,
        both / either,
        both / n_second,
        normalised_information(both, n_first, n_second, total),
        n_first * n_second / total,
    )


def normalised_information(both: int, n_first: int, n_second: int, total: int) -> float:
    """The mutual information of two yes-or-no tags over the smaller of their entropies.

    >>> normalised_information(50, 50, 50, 100), normalised_information(25, 50, 50, 100)
    (1.0, 0.0)
    """
    cells = (
        (both, n_first, n_second),
        (n_first - both, n_first, total - n_second),
        (n_second - both, total - n_first, n_second),
        (total - n_first - n_second + both, total - n_first, total - n_second),
    )
    told = sum(
        cell / total * math.log(cell * total / (row * column)) for cell, row, column in cells if cell > 0
    )
    most = min(_entropy(n_first / total), _entropy(n_second / total))
    return min(max(told / most, 0.0), 1.0) if most else 0.0


def _entropy(share: float) -> float:
    return -sum(part * math.log(part) for part in (share, 1.0 - share) if part > 0)
