"""Instants turned into the shop's local days and hours, for whole arrays at once."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
FIRST_YEAR, LAST_YEAR = 1970, 2100


def local_us(instants_us: Ints, zone: ZoneInfo) -> Ints:
    """Local wall time of each instant, in microseconds since local 1970-01-01 00:00."""
    changes, offsets = clock_changes(zone)
    if len(changes) == 1:
        only: Ints = instants_us + offsets[0]
        return only
    offset: Ints = offsets[np.searchsorted(changes, instants_us, side="right") - 1]
    return instants_us + offset


def local_day(instant_us: int, zone: ZoneInfo) -> int:
    """Days since 1970-01-01 of one instant's local wall time."""
    changes, offsets = clock_changes(zone)
    return (instant_us + int(offsets[bisect_right(changes, instant_us) - 1])) // DAY_US


def same_day_until(instant_us: int, zone: ZoneInfo) -> int:
    """An instant before which the local day stays what it is at `instant_us`: midnight, or a change of the clocks."""
    changes, offsets = clock_changes(zone)
    place = bisect_right(changes, instant_us)
    offset = int(offsets[place - 1])
    midnight = ((instant_us + offset) // DAY_US + 1) * DAY_US - offset
    return min(midnight, int(changes[place])) if place < len(changes) else midnight


def day_of(wall_us: Ints) -> Ints:
    """Days since 1970-01-01 of local wall times."""
    return wall_us // DAY_US


def hour_of(wall_us: Ints) -> Ints:
    """Hour of the day, 0 to 23, of local wall times."""
    return wall_us // HOUR_US % 24


def weekday_of(days: Ints) -> Ints:
    """Day of the week, 0 for Monday, of day numbers; 1970-01-01 was a Thursday."""
    return (days + 3) % 7


@cache
def clock_changes(zone: ZoneInfo) -> tuple[Ints, Ints]:
    """Where the zone's offset from UTC changes, and the offset from there on, both in microseconds."""
    day = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    changes, offsets = [np.iinfo(np.int64).min], [_offset_us(day, zone)]
    while day < end:
        following = day + timedelta(days=1)
        if _offset_us(following, zone) != offsets[-1]:
            changes.append(_change_between(day, following, zone))
            offsets.append(_offset_us(following, zone))
        day = following
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _offset_us(instant: datetime, zone: ZoneInfo) -> int:
    offset = instant.astimezone(zone).utcoffset() or timedelta(0)
    return int(offset.total_seconds()) * SECOND_US


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> int:
    """The first instant (to the second, in microseconds) that has the later offset."""
    later = _offset_us(high, zone)
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if _offset_us(datetime.fromtimestamp(middle, UTC), zone) == later:
            last = middle
        else:
            first = middle
    return last * SECOND_US
