"""The windows of days before the cutoff in which families count."""

import numpy as np

from core.compiled import compiled

WINDOWS = (7, 14, 28, 56, 84)
RECENT_DAYS = WINDOWS[-1]  # the window of shares, means and counts of distinct things
D7, D14, D28, D56, D84, EVER = range(len(WINDOWS) + 1)  # places of the windows in arrays over them
N_WINDOWS = len(WINDOWS) + 1
_BOUNDS = np.array(WINDOWS, dtype=np.int64)


@compiled
def window_of(age: int) -> int:
    """The narrowest window, from D7 to EVER, that holds what happened so many days before the cutoff's day.

    >>> window_of(0) == D7, window_of(83) == D84, window_of(84) == EVER
    (True, True, True)
    """
    window = EVER
    while window > 0 and age < _BOUNDS[window - 1]:
        window -= 1
    return window
