"""Which declared format would read a column of dates: for errors and drafts to suggest, never to act on."""

import numpy as np

from features.sources.arrow import Values
from features.sources.values.time_formats import FORMATS, read_times

# Month names and digits in other orders, as exports write them.
_PATTERNS = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d/%m/%y", "%m/%d/%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
# Years in which a bare number is likely a date.
_EARLIEST, _LATEST = (np.datetime64(day, "us").astype(np.int64) for day in ("1975-01-01", "2100-01-01"))
_COUNTS = ("YYYYMMDD", "epoch_seconds", "epoch_milliseconds", "epoch_microseconds", "excel")


def formats_that_read(values: Values) -> tuple[str, ...]:
    """The formats that read every cell, the likeliest first; several where the cells do not tell them apart.

    >>> import pyarrow as pa
    >>> formats_that_read(pa.array(["31/12/2024 18:05"])), formats_that_read(pa.array(["1/2/2024"]))
    (('day_first',), ('day_first', 'month_first'))
    >>> formats_that_read(pa.array([19970101, 19980630])), formats_that_read(pa.array(["soon"]))
    (('YYYYMMDD',), ())
    """
    found = [name for name in FORMATS if _reads(values, name)]
    if "iso" in found:
        return ("iso",)
    if found:
        return tuple(found[:1] if found[0] in _COUNTS else found)
    return tuple(f"{day}{at}" for day in _PATTERNS for at in _TIMES if _reads(values, f"{day}{at}"))


def _reads(values: Values, format_: str) -> bool:
    read = read_times(values, format_)
    there = ~read.missing
    if not there.any() or read.bad[there].any():
        return False
    likely = (read.us[there] >= _EARLIEST) & (read.us[there] < _LATEST)
    return bool(likely.all()) or format_ not in _COUNTS
