"""How much a tag tells about what its customers do later: information value and lift, with intervals.

Intervals follow from each row's influence (the delta method), so they cost one pass over the rows, need no dice, and
know that one customer's rows at several instants belong together.
"""

import math

import numpy as np

from features.histories import Floats, Ints, Mask
from tags.report.estimate import SURE, Estimate, spread

HALF = 0.5  # added to each count, so that a cell without customers has a logarithm (Haldane, 1956)
FEW = (
    3.0  # of n rows without a hit the rate is below 3/n, 95 percent sure (Hanley and Lippman-Hand, JAMA 1983)
)


def information_value(group: Ints, happened: Mask, customer: Ints) -> Estimate | None:
    """How far the groups of a tag tell those to whom it happened from the others; 0: not at all.

    The sum over the groups of (share of those to whom it happened - share of the others) times the logarithm of the
    two shares' ratio (Kullback and Leibler's symmetric divergence, 1951; as information value in Siddiqi, Credit Risk
    Scorecards, 2006, who calls less than 0.02 of no use, up to 0.1 weak, up to 0.3 medium, more strong). The interval
    is of its square root, whose spread does not vanish where nothing is told.

    Args:
        group: 0 where a row's customer lacks the tag, else 1, or the number of the tag's value `(n_rows,)`.
        happened: Whether it happened `(n_rows,)`.
        customer: The number of each row's customer `(n_rows,)`.

    Returns:
        None where it happened to everybody or nobody, or all rows are of one group.
    """
    n_groups = int(group.max(initial=0)) + 1
    if happened.all() or not happened.any() or (group == group[:1]).all():
        return None
    yes = np.bincount(group[happened], minlength=n_groups) + HALF
    no = np.bincount(group[~happened], minlength=n_groups) + HALF
    p, q = yes / yes.sum(), no / no.sum()
    telling = np.log(p / q)
    value = float(((p - q) * telling).sum())
    slope_p, slope_q = telling + (p - q) / p, -telling - (p - q) / q
    influence = np.where(
        happened,
        (slope_p[group] - slope_p @ p) / yes.sum(),
        (slope_q[group] - slope_q @ q) / no.sum(),
    )
    chance = 1.0 / yes.sum() + 1.0 / no.sum()  # the root's least variance, reached where nothing is told
    root = math.sqrt(max(value, 0.0))
    own = (spread(influence, customer) / (2.0 * root)) ** 2 if root else 0.0
    reach = SURE * math.sqrt(max(own, chance))
    return Estimate(value, max(root - reach, 0.0) ** 2, (root + reach) ** 2)


def lift(carries: Mask, amount: Floats, customer: Ints) -> Estimate | None:
    """The mean amount among carriers over the mean among all; 1: they are like everybody.

    With amounts of 0 and 1 that is the rate at which something happens to carriers over the rate of all. The interval
    is of its logarithm.

    Args:
        carries: `(n_rows,)`.
        amount: What followed, not negative `(n_rows,)`.
        customer: The number of each row's customer `(n_rows,)`.

    Returns:
        None without carriers, or where nothing followed for anybody.
    """
    n, mean = int(carries.sum()), float(amount.mean()) if len(amount) else 0.0
    if not n or mean == 0.0:
        return None
    own = float(amount[carries].mean())
    if own == 0.0:
        most = min(FEW / n, 1.0) * float(amount.max())
        return Estimate(0.0, 0.0, most / mean)
    influence = carries * (amount - own) / (n * own) - (amount - mean) / (len(amount) * mean)
    reach = math.exp(SURE * spread(influence, customer))
    return Estimate(own / mean, own / mean / reach, own / mean * reach)


def rate(happened: Mask, customer: Ints) -> Estimate | None:
    """The share of rows to which it happened; None without rows.

    The interval is Wilson's (JASA 1927), of as many independent rows as would spread as much as these do.
    """
    n = len(happened)
    if not n:
        return None
    share = float(happened.mean())
    error = spread((happened - share) / n, customer)
    counted = min(share * (1.0 - share) / error**2, n) if error else float(n)
    middle = (share + SURE**2 / (2 * counted)) / (1 + SURE**2 / counted)
    reach = (
        SURE * math.sqrt(share * (1 - share) / counted + SURE**2 / (4 * counted**2)) / (1 + SURE**2 / counted)
    )
    return Estimate(share, max(middle - reach, 0.0), min(middle + reach, 1.0))
