"""When a delivery that failed is tried again: soon at first, then every hour, for three days."""

from datetime import timedelta
from random import Random

DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    *[timedelta(hours=1)] * 71,
)
"""What passes after each failure; after the last one the delivery is set aside as a dead letter."""

JITTER = 0.2  # of a delay, either way: so that not all callers come back in the same second
LONGEST_WISH = timedelta(days=1)  # of a target that says itself when to come back


def delay_after(failures: int, chance: Random, wish: timedelta | None = None) -> timedelta | None:
    """What passes until the next try after so many failures in a row; None when there is none.

    `wish` is what the target asked for: it is waited for no shorter than that, up to a day.

    >>> delay_after(1, Random(7)) < timedelta(seconds=7), delay_after(len(DELAYS) + 1, Random(7))
    (True, None)
    >>> delay_after(1, Random(7), wish=timedelta(minutes=3)) >= timedelta(minutes=3)
    True
    """
    if failures > len(DELAYS):
        return None
    delay = DELAYS[failures - 1] * (1 + chance.uniform(-JITTER, JITTER))
    return max(delay, min(wish, LONGEST_WISH)) if wish else delay
