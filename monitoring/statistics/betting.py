"""A bet against a promise, as capital that cannot grow while the promise is kept.

One puts one's capital on the promise being broken and is paid fairly if it is just kept. The capital is a mixture of
likelihood ratios of worse precisions against the promised one, each a betting martingale (Ville 1939; Waudby-Smith and
Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024). While the precision is at least what was
promised, the chance that the capital ever reaches 1 / level is at most the level, however often one looks (Ville's
inequality).
"""

from bisect import bisect_left

import numpy as np
from scipy.special import logsumexp, xlogy

from monitoring.statistics.rows import Floats

_STAKES = np.linspace(0.05, 0.95, 19)  # by which share the precision may have fallen


def capital(outcomes: Floats, promised: float) -> Floats:
    """The capital after each outcome `(n,)` of 1 or 0 of a bet that fewer come true than promised, from 1 on.

    >>> kept = capital(np.tile([1.0, 1.0, 1.0, 1.0, 0.0], 40), 0.8)
    >>> broken = capital(np.tile([1.0, 0.0], 40), 0.8)
    >>> bool(kept.max() < 2), bool(broken[-1] > 10_000)
    (True, True)
    """
    return np.exp(_log_capital(outcomes.cumsum(), (1.0 - outcomes).cumsum(), promised))


def interval(outcomes: Floats, level: float, *, steps: int = 200) -> tuple[float, float]:
    """A confidence sequence of the share that comes true, at its end: it holds at all times together.

    The shares that neither a bet on fewer nor one on more has refuted at any time, in steps of 1 / `steps`.

    >>> low, high = interval(np.tile([1.0, 1.0, 1.0, 0.0], 100), 0.05)
    >>> 0.6 < low < 0.75 < high < 0.9
    True
    """
    right, wrong = outcomes.cumsum(), (1.0 - outcomes).cumsum()
    limit = np.log(2.0 / level)
    shares = range(1, steps)
    # Whatever turned out, a bet on fewer gains the more, the more was promised: so the ends can be searched for.
    high = bisect_left(shares, x=True, key=lambda one: _highest(right, wrong, one / steps) >= limit)
    low = bisect_left(shares, x=True, key=lambda one: _highest(wrong, right, 1.0 - one / steps) < limit)
    return float((low + 1) / steps), float(high / steps)


def _highest(right: Floats, wrong: Floats, promised: float) -> float:
    return float(_log_capital(right, wrong, promised).max(initial=0.0))


def _log_capital(right: Floats, wrong: Floats, promised: float) -> Floats:
    worse = promised * (1.0 - _STAKES)
    gains = xlogy(right[:, None], worse / promised) + xlogy(wrong[:, None], (1.0 - worse) / (1.0 - promised))
    out: Floats = logsumexp(gains, axis=1) - np.log(len(_STAKES))
    return out
