"""Which suggestions a person should look at, so that about as many come up a day as people can decide."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOTHING = 1.0
"""The least probability to review where nobody reviews anything: no suggestion goes above it."""


def review_from(
    probability: Floats, threshold: Floats, floor: Floats, lifetime_days: Floats, *, reviews_per_day: float
) -> float:
    """The least probability that goes to a person: above it lie as many open suggestions as are decided in time.

    A suggestion that is decided is closed for its tag's lifetime, so one of a tag that lives 30 days asks for a
    thirtieth of a review a day. The likeliest suggestions come first, since they are the closest to being applied.

    Args:
        probability: Of active customers `(n, n_tags)`.
        threshold: From where on each tag is applied without a person `(n_tags,)`; infinite where it never is.
        floor: From where on each tag is suggested at all `(n_tags,)`.
        lifetime_days: How long a decision on each tag holds `(n_tags,)`.
        reviews_per_day: How many can be decided.

    >>> one_tag = np.array([[0.9], [0.7], [0.6], [0.2]])
    >>> review_from(one_tag, np.array([0.8]), np.array([0.1]), np.array([10.0]), reviews_per_day=0.2)
    0.6
    """
    is_open = (probability >= floor) & (probability < threshold)
    chosen = probability[is_open]
    a_day = np.broadcast_to(1.0 / lifetime_days, probability.shape)[is_open]
    order = np.argsort(-chosen, kind="stable")
    load = np.cumsum(a_day[order])
    fits = int(np.searchsorted(load, reviews_per_day * (1.0 + 1e-9), side="right"))
    if fits == len(order):
        return 0.0
    # Of equally likely ones all or none come up.
    beyond = float(chosen[order[fits]])
    above = chosen[chosen > beyond]
    return float(above.min()) if len(above) else NOTHING
