"""Which of the new segments is which of the old: keys that follow the members, and what became of the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from models.arrays import Floats
from models.segment_change import SAME_AT, Change, Flow, Step
from models.segment_overlap import jaccard

MOST = 0.5
"""A segment came from, or went into, another when more than this share of its customers did."""

NOTABLE = 0.1
"""A smaller share of a segment's customers is not told of."""


def same_segments(shared: Floats) -> dict[int, int]:
    """For each new segment that is an old one the place of the old: `{place of the new: place of the old}`.

    The pairs are those that give the largest sum of Jaccard indices (optimal matching, Kuhn 1955), of which those
    with at least `SAME_AT` count.

    Args:
        shared: Customers that each old segment shares with each new one, `(n_old, n_new)`.

    >>> same_segments(np.array([[90.0, 10.0, 0.0], [0.0, 45.0, 55.0]]))
    {0: 0, 2: 1}
    """
    alike = jaccard(shared)
    old, new = linear_sum_assignment(-alike)
    pairs = zip(old.tolist(), new.tolist(), strict=True)
    return {place: before for before, place in pairs if alike[before, place] >= SAME_AT}


def steps(shared: Floats, old_keys: Sequence[str], new_keys: Sequence[str]) -> tuple[Step, ...]:
    """What happened to each new segment, in order, then to each old one whose key is gone.

    Args:
        shared: Customers that each old segment shares with each new one, `(n_old, n_new)`.
        old_keys: Of the old segments.
        new_keys: Of the new ones; a key of both is the same segment.
    """
    alike, of_new = jaccard(shared), _shares(shared.T)
    of_old = _shares(shared)
    now = [
        Step(key, Change.KEPT, float(alike[old_keys.index(key), place]), _flows(old_keys, of_new[place]))
        if key in old_keys
        else Step(key, _beginning(of_old[:, place], of_new[place]), None, _flows(old_keys, of_new[place]))
        for place, key in enumerate(new_keys)
    ]
    gone = [
        Step(key, _end(of_old[place], of_new[:, place]), None, _flows(new_keys, of_old[place]))
        for place, key in enumerate(old_keys)
        if key not in new_keys
    ]
    return (*now, *gone)


def first_steps(keys: Sequence[str]) -> tuple[Step, ...]:
    """The steps of segments that have none before them."""
    return tuple(Step(key, Change.FIRST) for key in keys)


def unlike_steps(old_keys: Sequence[str], new_keys: Sequence[str]) -> tuple[Step, ...]:
    """The steps where old and new segments cannot be compared: all of them are new."""
    begun = [Step(key, Change.BORN) for key in new_keys]
    return (*begun, *(Step(key, Change.INCOMPARABLE) for key in old_keys))


def _beginning(given: NDArray[np.float64], came_from: NDArray[np.float64]) -> Change:
    """How a segment came to be, from the share that each old one gave to it, and that of it which came from each."""
    if (given > MOST).sum() > 1:
        return Change.MERGED
    return Change.SPLIT if (came_from > MOST).any() else Change.BORN


def _end(went_to: NDArray[np.float64], made_of: NDArray[np.float64]) -> Change:
    """How a segment ended, from the share of it that went to each new one, and of each new one that came from it."""
    if (went_to > MOST).any():
        return Change.ABSORBED
    own = made_of > MOST
    return Change.SPLIT_UP if own.sum() > 1 and went_to[own].sum() > MOST else Change.DISSOLVED


def _shares(shared: Floats) -> Floats:
    """Each row as shares of its sum."""
    out: Floats = shared / np.maximum(shared.sum(axis=1, keepdims=True), 1.0)
    return out


def _flows(keys: Sequence[str], shares: NDArray[np.float64]) -> tuple[Flow, ...]:
    order = np.argsort(-shares, kind="stable")
    return tuple(Flow(keys[place], float(shares[place])) for place in order if shares[place] >= NOTABLE)
