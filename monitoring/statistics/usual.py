"""What movement is usual: how far earlier windows lay from the reference.

A shop's weeks are never quite alike, and with thousands of households any difference is significant. So a shift
counts only for what it exceeds the largest that earlier windows show: the weeks before the champion's training ended,
which it has seen, and where the data reach so far the same season a year before. Windows after the training are never
among them: a slow trend would pass for usual.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from weakref import WeakKeyDictionary

import numpy as np

from monitoring.statistics.contrast import Contrast
from monitoring.statistics.rows import Floats
from monitoring.window import Window

RECENT = timedelta(days=98)
"""Before the reference: fourteen weeks, as long as the longest window of the features and two weeks."""

YEAR = timedelta(days=364)  # whole weeks
SEASON = timedelta(days=21)
MOST_STRETCH = 4.0

FACTOR = 1.5
"""What comes next may move further than any week before did: chosen on weeks before 2017-09 of Complete Journey."""


_KNOWN: "WeakKeyDictionary[Window, WeakKeyDictionary[Window, dict[str, Contrast]]]" = WeakKeyDictionary()
"""Of a reference and an earlier window what a check found: the same for every window that is held against both."""


def is_recent(reference: Window, window: Window) -> bool:
    """Whether an earlier window lies in the weeks before the reference."""
    before = reference.ended_at - window.ended_at
    return timedelta(0) < before <= RECENT


def is_same_season(window: Window, earlier: Window) -> bool:
    """Whether an earlier window lies in the same weeks of an earlier year."""
    before = window.ended_at - earlier.ended_at
    years = round(before / YEAR)
    return years >= 1 and abs(before - years * YEAR) <= SEASON


def usual_shift(
    reference: Window,
    past: Sequence[Window],
    window: Window,
    shift: Callable[[Window], Contrast],
    check: str,
) -> Floats | float:
    """For each of the differences that `shift` gives of a window, what is usual; 0 without earlier windows.

    What `shift` gives of an earlier window is kept under the name of the check as long as both are held by anybody.

    That of recent windows grows with the distance from the reference once the window is farther from it than they
    are; that of the same season does not.
    """
    recent = [one for one in past if is_recent(reference, one)]
    season = [one for one in past if is_same_season(window, one) and one.ended_at < reference.ended_at]
    kept = _KNOWN.setdefault(reference, WeakKeyDictionary())

    def largest(windows: Sequence[Window]) -> Floats | float:
        found = [_remembered(kept.setdefault(one, {}), check, one, shift).beyond_chance for one in windows]
        return np.max(found, axis=0) if found else 0.0

    if not recent:
        return largest(season)
    reach = max(reference.ended_at - one.ended_at for one in recent)
    stretch = min(MOST_STRETCH, max(1.0, (window.ended_at - reference.ended_at) / reach))
    return np.maximum(largest(season), largest(recent) * stretch * FACTOR)


def _remembered(
    kept: dict[str, Contrast], check: str, window: Window, shift: Callable[[Window], Contrast]
) -> Contrast:
    if check not in kept:
        kept[check] = shift(window)
    return kept[check]
