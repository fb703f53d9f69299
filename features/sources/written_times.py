"""How a column writes its dates and times, told from the cells alone."""

import re
from collections.abc import Callable, Iterable
from datetime import date

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})( .*)?")
_YEAR_FIRST = re.compile(r"\d{4}([/.])\d{1,2}\1\d{1,2}( \d{1,2}:\d\d(:\d\d)?)?")
_CHINESE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日.*")
_EPOCHS = {  # digits of instants from 2001 to 2286
    10: "epoch_seconds",
    13: "epoch_milliseconds",
    16: "epoch_microseconds",
}
_YEARS = range(1990, 2100)
_MONTHS = 12


def time_format(cells: Iterable[str]) -> str:
    """How all of the cells are written: `iso`, or a format to declare; empty where they are no times.

    Dates such as 03/04/2024 could be either way round; they are taken as `day_first` here, and
    `is_ambiguous` says so.

    >>> time_format(["20240131"]), time_format(["1511544070"]), time_format(["31.12.2024 18:05"])
    ('YYYYMMDD', 'epoch_seconds', 'day_first')
    >>> time_format(["12/31/2024", "01/02/2024"]), time_format(["2024年1月5日"]), time_format(["4711"])
    ('month_first', 'chinese', '')
    """
    texts = [cell.strip().removesuffix(".0") for cell in cells if cell.strip()]
    if not texts:
        return ""
    tests: dict[str, Callable[[str], object]] = {
        "iso": _ISO.fullmatch,
        "YYYYMMDD": _is_compact,
        "year_first": _YEAR_FIRST.fullmatch,
        "chinese": _CHINESE.fullmatch,
    }
    for form, fits in tests.items():
        if all(map(fits, texts)):
            return form
    return _epoch(texts) or _day_or_month_first(texts)


def is_ambiguous(cells: Iterable[str]) -> bool:
    """Whether nobody can tell day and month apart in the cells.

    >>> is_ambiguous(["03/04/2024"]), is_ambiguous(["03/04/2024", "13/04/2024"])
    (True, False)
    """
    found = [_DAY_FIRST.fullmatch(cell.strip()) for cell in cells if cell.strip()]
    return bool(found) and all(m and int(m[1]) <= _MONTHS and int(m[2]) <= _MONTHS for m in found)


def _is_compact(text: str) -> bool:
    if not re.fullmatch(r"\d{8}", text) or int(text[:4]) not in _YEARS:
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _epoch(texts: list[str]) -> str:
    digits = {len(text) for text in texts if re.fullmatch(r"\d+", text)}
    if len(digits) != 1 or not all(text.isdecimal() for text in texts):
        return ""
    size = digits.pop()
    # An order number has ten digits as well; instants of a shop lie close together.
    lead = {text[:1] for text in texts}
    return _EPOCHS.get(size, "") if len(lead) == 1 else ""


def _day_or_month_first(texts: list[str]) -> str:
    found = [_DAY_FIRST.fullmatch(text) for text in texts]
    pairs = [(int(match[1]), int(match[2])) for match in found if match]
    if len(pairs) < len(texts):
        return ""
    if all(month <= _MONTHS for _, month in pairs):
        return "day_first"
    return "month_first" if all(month <= _MONTHS for month, _ in pairs) else ""
