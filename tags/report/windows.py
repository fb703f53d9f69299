"""The periods in which it shows what tags told: each begins at an instant of the past and is over."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.clock import add_days, midnight

WINDOWS = 3


@dataclass(frozen=True)
class Window:
    """From an instant, at which customers carried tags, to before another, by which they had bought or not."""

    as_of: datetime
    ends: datetime


def windows_until(
    now: datetime, zone: ZoneInfo, horizon_days: int, *, begins: datetime, count: int = WINDOWS
) -> list[Window]:
    """The last whole windows before the present day, side by side, the oldest first.

    Those are left out before which less than one horizon is known: `begins` is when the data does.

    >>> from datetime import UTC
    >>> found = windows_until(
    ...     datetime(2017, 12, 31, 9, tzinfo=UTC), ZoneInfo("UTC"), 30, begins=datetime(2017, 10, 15, tzinfo=UTC)
    ... )
    >>> [str(window.as_of.date()) for window in found]
    ['2017-12-01']
    """
    ends = midnight(now.astimezone(zone).date(), zone)
    found: list[Window] = []
    while len(found) < count:
        as_of = add_days(ends, -horizon_days, zone)
        if add_days(as_of, -horizon_days, zone) < begins:
            break
        found.insert(0, Window(as_of, ends))
        ends = as_of
    return found
