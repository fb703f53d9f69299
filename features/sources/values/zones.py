"""Local times and instants, whole columns at once, by the rules of Python's `zoneinfo`.

A local time that happens twice (clocks go back) means its first occurrence; one that never happens (clocks go
forward) moves forward by the gap: 02:30 in a skipped hour is 03:30. These are what
`datetime.replace(tzinfo=zone)` gives, so bulk files and single events agree.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Micros = NDArray[np.int64]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (local times are naive)
_MICROSECOND = timedelta(microseconds=1)


def utc_from_local(local_us: Micros, zone: ZoneInfo) -> Micros:
    """Instants in microseconds since 1970 UTC, from local times in microseconds since a local 1970.

    >>> utc_from_local(np.array([0]), ZoneInfo("Asia/Shanghai")) // HOUR_US
    array([-8])
    """

    def offset(moment_us: int) -> int:
        return _offset(_naive(moment_us).replace(tzinfo=zone))

    return local_us - _offsets(local_us, offset)


def local_from_utc(instants_us: Micros, zone: ZoneInfo) -> Micros:
    """Local times in microseconds since a local 1970, from instants in microseconds since 1970 UTC.

    >>> local_from_utc(np.array([0]), ZoneInfo("Asia/Shanghai")) // HOUR_US
    array([8])
    """

    def offset(moment_us: int) -> int:
        return _offset(_naive(moment_us).replace(tzinfo=UTC).astimezone(zone))

    return instants_us + _offsets(instants_us, offset)


def _naive(moment_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment_us)


def _offset(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta(0)) // _MICROSECOND


def _offsets(moments_us: Micros, offset: Callable[[int], int]) -> Micros:
    """The offset at each moment, asked once an hour, and singly only in hours in which it changes."""
    hours, place = np.unique(moments_us // HOUR_US, return_inverse=True)
    first = np.array([offset(int(hour) * HOUR_US) for hour in hours], dtype=np.int64)
    last = np.array([offset((int(hour) + 1) * HOUR_US - 1) for hour in hours], dtype=np.int64)
    found = first[place]
    for index in np.flatnonzero((first != last)[place]):
        found[index] = offset(int(moments_us[index]))
    return found
