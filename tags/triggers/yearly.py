"""Days that come every year, such as birthdays: read from an attribute, and who has one near."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, select

from features.tables import Attribute

_PATTERN = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", re.ASCII)
_COMPACT = re.compile(r"\d{4}(\d{2})(\d{2})", re.ASCII)
_LEAP_YEAR = 2000
EXAMPLES = 3  # of values that are no days


@lru_cache(maxsize=65_536)  # a hundred years have as many days as most shops' customers have birthdays
def yearly_day(text: str) -> tuple[int, int] | None:
    """Month and day of a date with or without its year; None where the text is none, or could be two.

    >>> yearly_day("1985-06-15"), yearly_day("6/15"), yearly_day("19850615"), yearly_day("1985年6月15日")
    ((6, 15), (6, 15), (6, 15), (6, 15))
    >>> yearly_day("15/06/1985"), yearly_day("1985-02-30"), yearly_day("June")
    (None, None, None)
    """
    found = _PATTERN.fullmatch(text.strip()) or _COMPACT.fullmatch(text.strip())
    if found is None:
        return None
    month, day = map(int, found.groups()[-2:])
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return None
    return month, day


def next_time(yearly: tuple[int, int], today: date) -> date:
    """The next such day from today on; 29 February is kept on the 28th in years without it.

    >>> next_time((2, 29), date(2023, 1, 1)), next_time((1, 5), date(2023, 1, 6))
    (datetime.date(2023, 2, 28), datetime.date(2024, 1, 5))
    """
    this_year = _in_year(yearly, today.year)
    return this_year if this_year >= today else _in_year(yearly, today.year + 1)


def _in_year(yearly: tuple[int, int], year: int) -> date:
    try:
        return date(year, *yearly)
    except ValueError:
        return date(year, 2, 28)


@dataclass
class Near:
    """Who has the day within so many days from today on.

    Attributes:
        days: By customer the day itself.
        values: By customer what the attribute says.
        unread: How many customers have a value that is no day.
        examples: Some of those values.
    """

    days: dict[str, date] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    unread: int = 0
    examples: list[str] = field(default_factory=list)


def near(connection: Connection, attribute: str, before_days: int, *, today: date, now: datetime) -> Near:
    """The customers whose latest fact on the attribute, as known at an instant, is a day that is near."""
    found, unread = Near(), dict[str, str]()
    day_of = _days_within(today, before_days)
    for customer_id, value in _facts(connection, attribute, now):
        yearly = yearly_day(value)
        found.days.pop(customer_id, None)
        unread.pop(customer_id, None)
        if yearly is None:
            unread[customer_id] = value
        elif yearly in day_of:
            found.days[customer_id], found.values[customer_id] = day_of[yearly], value
    found.values = {customer_id: found.values[customer_id] for customer_id in found.days}
    found.unread, found.examples = len(unread), list(dict.fromkeys(unread.values()))[:EXAMPLES]
    return found


def _days_within(today: date, before_days: int) -> Mapping[tuple[int, int], date]:
    """The yearly days that come within so many days, with the day on which each is kept."""
    every = [(day.month, day.day) for day in (date(_LEAP_YEAR, 1, 1) + timedelta(n) for n in range(366))]
    coming = {yearly: next_time(yearly, today) for yearly in every}
    return {yearly: day for yearly, day in coming.items() if (day - today).days <= before_days}


def _facts(connection: Connection, attribute: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Customer and value of each fact that was known before the instant, the latest of a customer last."""
    observed = Attribute.observed_at
    query = (
        select(Attribute.customer_id, Attribute.value)
        .where(Attribute.key == attribute, observed.is_(None) | (observed < now))
        .order_by(observed.is_not(None), observed, Attribute.value)
    )
    for row in connection.execute(query):
        yield row.customer_id, row.value
