"""Sums over rows in the order of their scores under many weightings at once, as loops compiled to machine code.

A bootstrap of customers weighs the same ranking anew a thousand times, for each model, label and cutoff.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.compiled import entry
from models.arrays import Floats

Places = NDArray[np.int64]
Loop = Callable[[Places, Floats, Floats, Floats, int], Floats]


def precision_sums(y: Floats, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """For each weighting `(n, n_weightings)` the sum over positives of the precision at their scores, and their weight.

    Rows of equal score count as one step.
    """
    return _summed(_precision_sums, np.argsort(-score, kind="stable"), y, score, weights)


def pair_sums(y: Floats, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """For each weighting `(n, n_weightings)` the pairs of a positive above a negative, and all pairs of the two.

    Of equal scores a pair counts half.
    """
    return _summed(_pair_sums, np.argsort(score, kind="stable"), y, score, weights)


def _summed(loop: Loop, order: Places, y: Floats, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    n_weightings = weights.shape[1]
    flat = np.ascontiguousarray(weights, dtype=np.float64).ravel()
    found = loop(order, y[order], score[order], flat, n_weightings)
    return found[:n_weightings], found[n_weightings:]


@entry
def _precision_sums(order: Places, y: Floats, score: Floats, weights: Floats, m: int) -> Floats:
    found = np.zeros(2 * m)
    sums, hits = found[:m], found[m:]
    seen, step = np.zeros(m), np.zeros(m)
    has_positive = False
    for row in range(len(order)):
        begin = order[row] * m
        for one in range(m):
            seen[one] += weights[begin + one]
        if y[row] > 0:
            has_positive = True
            for one in range(m):
                step[one] += weights[begin + one]
        if has_positive and (row + 1 == len(order) or score[row + 1] != score[row]):
            for one in range(m):
                hits[one] += step[one]
                if step[one] > 0:
                    sums[one] += step[one] * hits[one] / seen[one]
                step[one] = 0.0
            has_positive = False
    return found


@entry
def _pair_sums(order: Places, y: Floats, score: Floats, weights: Floats, m: int) -> Floats:
    found = np.zeros(2 * m)
    beaten, pairs = found[:m], found[m:]
    below, level, step, positives = np.zeros(m), np.zeros(m), np.zeros(m), np.zeros(m)
    for row in range(len(order)):
        begin = order[row] * m
        if y[row] > 0:
            for one in range(m):
                step[one] += weights[begin + one]
        else:
            for one in range(m):
                level[one] += weights[begin + one]
        if row + 1 == len(order) or score[row + 1] != score[row]:
            for one in range(m):
                beaten[one] += step[one] * (below[one] + level[one] / 2.0)
                positives[one] += step[one]
                below[one] += level[one]
                step[one] = level[one] = 0.0
    for one in range(m):
        pairs[one] = positives[one] * below[one]
    return found
