"""Which instants a training learns from and is tested on; never does an outcome lie after what is known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.clock import add_days, midnight
from core.errors import NotReadyError

TEST_CUTOFFS = 3
DAYS_OF_HISTORY = 84  # the longest window that features count over


@dataclass(frozen=True)
class Calendar:
    """The shop's zone, the horizon in local days, and the first instant of its data."""

    zone: ZoneInfo
    horizon_days: int
    data_starts: datetime

    def end(self, cutoff: datetime) -> datetime:
        """Where the outcome window of a cutoff ends."""
        return add_days(cutoff, self.horizon_days, self.zone)


def training_cutoffs(until: datetime, calendar: Calendar) -> list[datetime]:
    """The month starts, oldest first, that have enough history and whose outcomes are all known at `until`.

    Raises:
        NotReadyError: The data before `until` is too short for a single one.
    """
    earliest = add_days(calendar.data_starts, DAYS_OF_HISTORY, calendar.zone)
    found = [start for start in _month_starts(earliest, until, calendar) if calendar.end(start) <= until]
    if not found:
        raise _too_short(until, calendar)
    return found


def test_cutoffs(until: datetime, calendar: Calendar) -> list[datetime]:
    """The last training cutoffs, oldest first, that leave at least one earlier cutoff to learn from.

    Raises:
        NotReadyError: The data before `until` is too short for a single one.
    """
    usable = training_cutoffs(until, calendar)
    later = [cutoff for cutoff in usable[1:] if calendar.end(usable[0]) <= cutoff]
    if not later:
        raise _too_short(until, calendar)
    return later[-TEST_CUTOFFS:]


def _too_short(until: datetime, calendar: Calendar) -> NotReadyError:
    return NotReadyError(
        "The data is too short to train until {until}: it begins on {start}, and a training needs {history} days "
        "of history, then a month's first day with {horizon} days of outcomes to learn from, then another to "
        "compare the models on",
        until=until.astimezone(calendar.zone).date(),
        start=calendar.data_starts.astimezone(calendar.zone).date(),
        history=DAYS_OF_HISTORY,
        horizon=calendar.horizon_days,
    )


def _month_starts(first: datetime, last: datetime, calendar: Calendar) -> list[datetime]:
    day = first.astimezone(calendar.zone).date().replace(day=1)
    found = []
    while (start := midnight(day, calendar.zone)) <= last:
        if start >= first:
            found.append(start)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
