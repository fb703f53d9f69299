"""Source columns of dates and times as instants in UTC."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features.sources.arrow import Values
from features.sources.values.convert import Mask, is_text
from features.sources.values.time_formats import Read, read_clock, read_times
from features.sources.values.zones import DAY_US, Micros, local_from_utc, utc_from_local

ISO = "iso"


@dataclass(frozen=True)
class Zones:
    """The zones of a source: of its calendar dates, and of its times without an offset."""

    dates: ZoneInfo
    naive: ZoneInfo


@dataclass(frozen=True)
class Instants:
    """Microseconds since 1970 UTC `(n,)`, 0 where there is none; which cells are empty; which are bad."""

    us: Micros
    missing: Mask
    bad: Mask


def to_instants(
    values: Values,
    zones: Zones,
    time_of_day: time | None = None,
    *,
    format_: str = ISO,
    clock: Values | None = None,
) -> Instants:
    """Instants of texts or numbers in a format (see `time_formats.FORMATS`), or of Arrow dates or timestamps.

    A time with an offset is that instant; one without is in `zones.naive`; a plain date is its midnight in
    `zones.dates`. With `time_of_day`, only the calendar date counts; the instant is that local time. `clock` is
    a column of times of day: a date with one is a time without offset, a date without one stays a date.

    >>> import pandas as pd
    >>> zones = Zones(ZoneInfo("America/New_York"), ZoneInfo("UTC"))
    >>> texts = pa.array(["2017-07-01", "2017-07-01 00:00:00", "2017-07-01T00:00:00+02:00", "1/7/17"])
    >>> found = to_instants(texts, zones)
    >>> pd.to_datetime(found.us[:3], unit="us").strftime("%d %H:%M").tolist(), found.bad.tolist()
    (['01 04:00', '01 00:00', '30 22:00'], [False, False, False, True])
    """
    read = read_times(values, format_)
    if clock is not None:
        read = _with_clock(read, clock)
    if time_of_day is not None:
        return _at_time_of_day(read, zones.dates, time_of_day)
    naive = ~(read.is_instant | read.is_date)
    us = read.us.copy()
    us[naive] = utc_from_local(us[naive], zones.naive)
    us[read.is_date] = utc_from_local(us[read.is_date], zones.dates)
    return _found(us, read)


def is_readable(kind: pa.DataType, format_: str = ISO) -> bool:
    """Whether a column of this type can hold dates or times of the format.

    >>> is_readable(pa.string()), is_readable(pa.int64()), is_readable(pa.int64(), "epoch_seconds")
    (True, False, True)
    """
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    is_typed = pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)
    return bool(is_text(kind) or is_typed or (is_number and format_ != ISO))


def _with_clock(read: Read, clock: Values) -> Read:
    """The dates with their times of day; a date that has a time of its own contradicts another one."""
    into_day, missing, bad = read_clock(clock)
    us = np.where(missing, read.us, read.us - read.us % DAY_US + into_day)
    contradicts = ~missing & ~read.is_date & (read.us % DAY_US != 0)
    bad = (read.bad | bad | contradicts | (read.is_instant & ~missing)) & ~read.missing
    return Read(us, read.missing, bad, read.is_instant, read.is_date & missing)


def _at_time_of_day(read: Read, zone: ZoneInfo, moment: time) -> Instants:
    local = read.us.copy()
    local[read.is_instant] = local_from_utc(local[read.is_instant], zone)
    into_day = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000
    return _found(utc_from_local(local - local % DAY_US + into_day, zone), read)


def _found(us: Micros, read: Read) -> Instants:
    return Instants(np.where(read.missing | read.bad, 0, us), read.missing, read.bad)
