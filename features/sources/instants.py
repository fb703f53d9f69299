"""Source columns of dates and times as instants in UTC."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from features.sources.arrow import Values, pc
from features.sources.convert import Mask, as_mask, is_text, to_text
from features.sources.zones import DAY_US, Micros, local_from_utc, utc_from_local

# Outside of these years a date is a slip or a placeholder such as 0001-01-01.
EARLIEST_US = -2_208_988_800_000_000  # 1900-01-01
LATEST_US = 7_258_118_400_000_000  # 2200-01-01

_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?$"
_WITH_OFFSET = r"\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_DATE_LENGTH = 10


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


@dataclass(frozen=True)
class _Read:
    """What the cells say, in microseconds: an instant, a local date's midnight, or a time without offset."""

    us: Micros
    missing: Mask
    bad: Mask
    is_instant: Mask
    is_date: Mask


def to_instants(values: Values, zones: Zones, time_of_day: time | None = None) -> Instants:
    """Instants of ISO 8601 texts, Arrow dates or timestamps.

    A time with an offset is that instant; one without is in `zones.naive`; a plain date is its midnight in
    `zones.dates`. With `time_of_day`, only the calendar date counts; the instant is that local time.

    >>> zones = Zones(ZoneInfo("America/New_York"), ZoneInfo("UTC"))
    >>> texts = pa.array(["2017-07-01", "2017-07-01 00:00:00", "2017-07-01T00:00:00+02:00", "1/7/17"])
    >>> found = to_instants(texts, zones)
    >>> pd.to_datetime(found.us[:3], unit="us").strftime("%d %H:%M").tolist(), found.bad.tolist()
    (['01 04:00', '01 00:00', '30 22:00'], [False, False, False, True])
    """
    read = _checked(_read(values))
    if time_of_day is not None:
        return _at_time_of_day(read, zones.dates, time_of_day)
    naive = ~(read.is_instant | read.is_date)
    us = read.us.copy()
    us[naive] = utc_from_local(us[naive], zones.naive)
    us[read.is_date] = utc_from_local(us[read.is_date], zones.dates)
    return _found(us, read)


def is_readable(kind: pa.DataType) -> bool:
    """Whether a column of this type can hold dates or times.

    >>> is_readable(pa.string()), is_readable(pa.int64())
    (True, False)
    """
    return bool(
        is_text(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)
    )


def _at_time_of_day(read: _Read, zone: ZoneInfo, moment: time) -> Instants:
    local = read.us.copy()
    local[read.is_instant] = local_from_utc(local[read.is_instant], zone)
    into_day = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000
    return _found(utc_from_local(local - local % DAY_US + into_day, zone), read)


def _found(us: Micros, read: _Read) -> Instants:
    return Instants(np.where(read.missing | read.bad, 0, us), read.missing, read.bad)


def _checked(read: _Read) -> _Read:
    outside = (read.us < EARLIEST_US) | (read.us >= LATEST_US)
    bad = read.bad | (outside & ~read.missing)
    us = np.where(read.missing | bad, 0, read.us)
    return _Read(us, read.missing, bad, read.is_instant, read.is_date)


def _read(values: Values) -> _Read:
    kind = values.type
    if pa.types.is_timestamp(kind):
        return _read_typed(values, is_instant=kind.tz is not None, is_date=False)
    if pa.types.is_date(kind):
        return _read_typed(values, is_instant=False, is_date=True)
    return _read_text(to_text(values))


def _read_typed(values: Values, *, is_instant: bool, is_date: bool) -> _Read:
    missing = as_mask(values.is_null())
    stamps = values.cast(pa.timestamp("us", tz=getattr(values.type, "tz", None)), safe=False)
    us = np.asarray(stamps.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))
    size = len(values)
    return _Read(us, missing, np.zeros(size, bool), np.full(size, is_instant), np.full(size, is_date))


def _read_text(text: Values) -> _Read:
    missing = as_mask(text.is_null())
    filled = text.fill_null("")
    is_date = as_mask(pc.equal(pc.utf8_length(filled), _DATE_LENGTH))
    plain = _without_offsets(text)
    if plain is not None:
        size = len(text)
        return _Read(plain, missing, np.zeros(size, bool), np.zeros(size, bool), is_date)
    is_iso = as_mask(pc.match_substring_regex(filled, _ISO))
    is_instant = as_mask(pc.match_substring_regex(filled, _WITH_OFFSET)) & is_iso
    # NumPy takes NaT for the least integer, which is outside of the years allowed.
    us = np.full(len(text), EARLIEST_US - 1, dtype=np.int64)
    for chosen in (is_instant, is_iso & ~is_instant):
        us[chosen] = _parsed(filled.filter(pa.array(chosen)))
    return _Read(us, missing, ~is_iso & ~missing, is_instant, is_date)


def _without_offsets(text: Values) -> Micros | None:
    """The quick way for a column in which every cell is well formed and carries no offset."""
    try:
        stamps = text.cast(pa.timestamp("ns")).cast(pa.timestamp("us"), safe=False)
    except pa.ArrowInvalid:
        return None
    return np.asarray(stamps.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))


def _parsed(iso: Values) -> Micros:
    stamps = pd.to_datetime(iso.to_pandas(), format="ISO8601", errors="coerce", utc=True)
    us: Micros = stamps.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return us
