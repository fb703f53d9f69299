"""How dates and times may be written in a column, and what each writing says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.sources.arrow import Values, pc
from features.sources.values.amounts import to_numbers
from features.sources.values.convert import Mask, as_mask, to_id, to_text
from features.sources.values.zones import DAY_US, HOUR_US, Micros

# Outside of these years a date is a slip or a placeholder such as 0001-01-01.
EARLIEST_US = -2_208_988_800_000_000  # 1900-01-01
LATEST_US = 7_258_118_400_000_000  # 2200-01-01
NOWHEN = EARLIEST_US - 1  # what a cell that says nothing stands for; NumPy's NaT lies before, too

_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?$"
_WITH_OFFSET = r"\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_DATE_LENGTH = 10
_DIGITS = r"^(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:(?P<h>\d\d)(?P<min>\d\d)(?P<s>\d\d)?)?$"
_WRITTEN = (
    r"^(?P<a>\d{1,4})\s?[-/.年]\s?(?P<b>\d{1,2})\s?[-/.月]\s?(?P<c>\d{1,4})\s?日?"
    r"(?:[T ,]*(?P<before>上午|下午)?\s*(?P<h>\d{1,2})[:时点](?P<min>\d{1,2})"
    r"(?:[:分](?P<s>\d{1,2})(?:[.,](?P<f>\d{1,6})\d*)?秒?)?分?\s*(?P<after>[AaPp][Mm])?)?$"
)
_CLOCK = r"^(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,6})\d*)?)?$"
_COUNT = r"^(?P<whole>-?\d{1,18})(?:\.\d*)?$"
_EXCEL_EPOCH_US = -25_569 * DAY_US  # 1899-12-30
_EXCEL_PER_DAY = 86_400_000  # a sheet's time is good for milliseconds
_PERIODS = (24, 60, 60)


@dataclass(frozen=True)
class Read:
    """What the cells say, in microseconds: an instant, a local date's midnight, or a time without offset."""

    us: Micros
    missing: Mask
    bad: Mask
    is_instant: Mask
    is_date: Mask


def read_times(values: Values, format_: str) -> Read:
    """The times of a column in one of `FORMATS` or a pattern of `strptime`; a typed column says it by itself."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        return _checked(_typed(values, is_instant=kind.tz is not None, is_date=False))
    if pa.types.is_date(kind):
        return _checked(_typed(values, is_instant=False, is_date=True))
    return _checked(_by_pattern(values, format_) if "%" in format_ else FORMATS[format_](values))


def read_clock(values: Values) -> tuple[Micros, Mask, Mask]:
    """Times of day in microseconds, which are missing, which are bad: 18:05, 18:05:30, 1805, 180530 or typed."""
    if pa.types.is_time(values.type) or pa.types.is_timestamp(values.type):
        us = np.asarray(values.cast(pa.time64("us")).cast(pa.int64()).fill_null(0))
        return us, as_mask(values.is_null()), np.zeros(len(values), bool)
    text = to_id(values)
    if pa.types.is_floating(values.type) and not pc.any(pc.greater_equal(values, 1)).as_py():
        part = np.nan_to_num(to_numbers(values).values)  # a sheet's time of day is a part of a day
        return np.rint(part * _EXCEL_PER_DAY).astype(np.int64) * 1_000, as_mask(text.is_null()), part < 0
    length = pc.utf8_length(text)
    digits = pc.if_else(pc.less_equal(length, 4), pc.utf8_lpad(text, 4, "0"), pc.utf8_lpad(text, 6, "0"))
    is_digits = pc.match_substring_regex(text, r"^\d{1,6}$")
    written = pc.replace_substring_regex(digits, r"^(\d\d)(\d\d)(\d\d)?$", r"\1:\2:\3")
    text = pc.if_else(is_digits, pc.utf8_rtrim(written, ":"), text)
    parts = _parts(text, _CLOCK)
    us, fits = _of_day(parts)
    missing = as_mask(text.is_null())
    return us, missing, ~missing & ~(fits & parts.found)


def _checked(read: Read) -> Read:
    outside = (read.us < EARLIEST_US) | (read.us >= LATEST_US)
    bad = read.bad | (outside & ~read.missing)
    us = np.where(read.missing | bad, 0, read.us)
    return Read(us, read.missing, bad, read.is_instant, read.is_date)


def _typed(values: Values, *, is_instant: bool, is_date: bool) -> Read:
    missing = as_mask(values.is_null())
    stamps = values.cast(pa.timestamp("us", tz=getattr(values.type, "tz", None)), safe=False)
    us = np.asarray(stamps.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))
    size = len(values)
    return Read(us, missing, np.zeros(size, bool), np.full(size, is_instant), np.full(size, is_date))


def _iso(values: Values) -> Read:
    text = to_text(values)
    missing = as_mask(text.is_null())
    filled = text.fill_null("")
    is_date = as_mask(pc.equal(pc.utf8_length(filled), _DATE_LENGTH))
    plain = _without_offsets(text)
    if plain is not None:
        size = len(text)
        return Read(plain, missing, np.zeros(size, bool), np.zeros(size, bool), is_date)
    is_iso = as_mask(pc.match_substring_regex(filled, _ISO))
    is_instant = as_mask(pc.match_substring_regex(filled, _WITH_OFFSET)) & is_iso
    us = np.full(len(text), NOWHEN, dtype=np.int64)
    for chosen in (is_instant, is_iso & ~is_instant):
        us[chosen] = _micros(
            pd.to_datetime(
                filled.filter(pa.array(chosen)).to_pandas(), format="ISO8601", errors="coerce", utc=True
            )
        )
    return Read(us, missing, ~is_iso & ~missing, is_instant, is_date)


def _without_offsets(text: Values) -> Micros | None:
    """The quick way for a column in which every cell is well formed and carries no offset."""
    try:
        stamps = text.cast(pa.timestamp("ns")).cast(pa.timestamp("us"), safe=False)
    except pa.ArrowInvalid:
        return None
    return np.asarray(stamps.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False))


def _micros(stamps: "pd.Series[pd.Timestamp]") -> Micros:
    us: Micros = stamps.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return us


def _by_pattern(values: Values, pattern: str) -> Read:
    text = to_text(values)
    missing = as_mask(text.is_null())
    us = _micros(pd.to_datetime(text.to_pandas(), format=pattern, errors="coerce", utc=True))
    size = len(text)
    has_time = any(part in pattern for part in ("%H", "%I", "%X", "%c"))
    return Read(
        np.where(missing, 0, us),
        missing,
        np.zeros(size, bool),
        np.full(size, "%z" in pattern),
        np.full(size, not has_time),
    )


def _digits(values: Values) -> Read:
    """YYYYMMDD, also with HHMM or HHMMSS behind it."""
    text = to_id(values)
    parts = _parts(text, _DIGITS)
    return _of_parts(parts, parts["y"], parts["m"], parts["d"], as_mask(text.is_null()))


def _written(values: Values, order: str) -> Read:
    """Dates with parts in the order, such as "dmy"; ISO 8601 cannot be mistaken and may be among them."""
    iso = _iso(values)
    if not iso.bad.any():
        return iso
    parts = _parts(to_text(values), _WRITTEN)
    place = dict(zip(order, "abc", strict=True))
    year, month, day = (parts[place[part]] for part in "ymd")
    own = _of_parts(parts, year, month, day, iso.missing)
    return Read(
        np.where(iso.bad, own.us, iso.us),
        iso.missing,
        iso.bad & own.bad,
        iso.is_instant,
        np.where(iso.bad, own.is_date, iso.is_date),
    )


def _since_1970(values: Values, per_second: int) -> Read:
    parts = _parts(to_id(values), _COUNT)
    missing = as_mask(values.is_null()) | as_mask(to_id(values).is_null())
    unit = 1_000_000 // per_second
    whole = parts["whole"]
    fits = np.abs(whole) <= LATEST_US // unit
    fraction = np.nan_to_num(np.asarray(to_numbers(to_id(values)).values)) - whole
    us = np.where(fits, whole, 0) * unit + np.where(fits, np.rint(fraction * unit), 0).astype(np.int64)
    size = len(values)
    return Read(us, missing, ~missing & ~(fits & parts.found), np.ones(size, bool), np.zeros(size, bool))


def _serial(values: Values) -> Read:
    """Days since 1899-12-30, as Excel counts from March 1900 on."""
    numbers = to_numbers(values)
    missing = np.isnan(numbers.values) & ~numbers.bad
    fits = np.abs(np.nan_to_num(numbers.values)) < (LATEST_US - _EXCEL_EPOCH_US) // DAY_US
    days = np.where(fits, np.nan_to_num(numbers.values), 0.0)
    us = np.rint(days * _EXCEL_PER_DAY).astype(np.int64) * 1_000 + _EXCEL_EPOCH_US
    is_date = days == np.floor(days)
    return Read(us, missing, numbers.bad | ~fits, np.zeros(len(values), bool), is_date)


@dataclass(frozen=True)
class _Parts:
    """The named groups of an expression: numbers `(n,)`, -1 where a cell has none; and which cells match."""

    columns: Mapping[str, Values]
    found: Mask

    def __getitem__(self, name: str) -> Micros:
        column = self.columns.get(name)
        if column is None:
            return np.full(len(self.found), -1, dtype=np.int64)
        digits = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        return np.asarray(digits.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False))

    def texts(self, name: str) -> NDArray[np.object_]:
        column = self.columns.get(name)
        return np.full(len(self.found), "") if column is None else np.asarray(column.fill_null(""))


def _parts(text: Values, expression: str) -> _Parts:
    found = pc.extract_regex(text, expression)
    return _Parts(
        {field.name: found.field(field.name) for field in found.type},
        as_mask(found.is_valid()),
    )


def _of_parts(parts: _Parts, year: Micros, month: Micros, day: Micros, missing: Mask) -> Read:
    is_date = parts["h"] < 0
    in_day, fits = _of_day(parts)
    is_month = (month >= 1) & (month <= 12)  # noqa: PLR2004 (months of a year)
    months = np.where(is_month, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    is_day = (day >= 1) & (days.astype("datetime64[M]") == months) & (year >= 1000)  # noqa: PLR2004 (four digits)
    ok = parts.found & is_month & is_day & (fits | is_date)
    us = days.astype("datetime64[us]").astype(np.int64) + np.where(is_date, 0, in_day)
    size = len(missing)
    return Read(np.where(ok, us, NOWHEN), missing, ~ok & ~missing, np.zeros(size, bool), is_date)


def _of_day(parts: _Parts) -> tuple[Micros, Mask]:
    """The time of day in microseconds, and whether there is such a time."""
    hour, minute, second = parts["h"], parts["min"], np.maximum(parts["s"], 0)
    half = np.char.lower(parts.texts("before").astype(str) + parts.texts("after").astype(str))
    is_named, is_late = half != "", np.isin(half, ("pm", "下午"))
    fits = np.all([part < most for part, most in zip((hour, minute, second), _PERIODS, strict=True)], axis=0)
    fits &= ~is_named | ((hour >= 1) & (hour <= 12))  # noqa: PLR2004 (hours of half a day)
    hour = np.where(is_named, hour % 12 + 12 * is_late, hour)
    written = parts.texts("f").astype(str)
    fraction = np.char.ljust(written, 6, "0").astype(np.int64) if len(written) else np.zeros(0, np.int64)
    return hour * HOUR_US + (minute * 60 + second) * 1_000_000 + fraction, fits & (hour >= 0) & (minute >= 0)


FORMATS: Mapping[str, Callable[[Values], Read]] = MappingProxyType(
    {
        "iso": _iso,
        "YYYYMMDD": _digits,
        "epoch_seconds": partial(_since_1970, per_second=1),
        "epoch_milliseconds": partial(_since_1970, per_second=1_000),
        "epoch_microseconds": partial(_since_1970, per_second=1_000_000),
        "year_first": partial(_written, order="ymd"),
        "day_first": partial(_written, order="dmy"),
        "month_first": partial(_written, order="mdy"),
        "excel": _serial,
    }
)
