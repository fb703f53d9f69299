"""Birthdays: which texts are days, when the next one is, and who has it near."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from core.storage import Store
from features.tables import Attribute
from tags.triggers.yearly import near, next_time, yearly_day

TODAY = date(2023, 2, 26)
NOW = datetime(2023, 2, 26, 12, tzinfo=UTC)


def keep(store: Store, *facts: tuple[str, str] | tuple[str, str, datetime], key: str = "birthday") -> None:
    rows = [
        {
            "fact_id": f"{key} {number}",
            "customer_id": fact[0],
            "key": key,
            "value": fact[1],
            "observed_at": fact[2] if len(fact) == 3 else None,
        }
        for number, fact in enumerate(facts)
    ]
    with store.write() as connection:
        connection.execute(insert(Attribute), rows)


def days_near(store: Store, before_days: int = 7) -> dict[str, date]:
    with store.read() as connection:
        return near(connection, "birthday", before_days, today=TODAY, now=NOW).days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1985-06-15", (6, 15)),
        (" 1985/6/5 ", (6, 5)),
        ("06-15", (6, 15)),
        ("1985-06-15T00:00:00+08:00", (6, 15)),
        ("1985-06-15 00:00:00", (6, 15)),
        ("19850615", (6, 15)),
        ("6月15日", (6, 15)),
        ("2000-02-29", (2, 29)),
        ("15/06/1985", None),
        ("13-01", None),
        ("1985", None),
        ("١٩٨٥-٠٦-١٥", None),
        ("", None),
    ],
)
def test_day_of_the_year_is_read_from_dates_with_and_without_a_year(
    text: str, expected: tuple[int, int] | None
) -> None:
    assert yearly_day(text) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2000, 1, 1), date(2000, 12, 31)))
def test_next_time_is_the_first_such_day_from_today_on(today: date, birthday: date) -> None:
    day = today
    while (day.month, day.day) != (birthday.month, birthday.day):
        is_kept_early = (birthday.month, birthday.day) == (2, 29) and (day.month, day.day) == (2, 28)
        if is_kept_early and (day + timedelta(1)).month == 3:
            break
        day += timedelta(1)
    assert next_time((birthday.month, birthday.day), today) == day


def test_near_is_from_today_to_so_many_days_ahead(store: Store) -> None:
    keep(store, ("yesterday", "1990-02-25"), ("today", "1990-02-26"), ("last", "03-05"), ("after", "03-06"))
    keep(store, ("other", "1990-02-26"), key="anniversary")
    assert days_near(store) == {"today": TODAY, "last": date(2023, 3, 5)}
    assert days_near(store, 0) == {"today": TODAY}


def test_near_goes_over_the_end_of_the_year(store: Store) -> None:
    keep(store, ("ann", "1990-01-02"))
    with store.read() as connection:
        found = near(connection, "birthday", 7, today=date(2022, 12, 30), now=NOW)
    assert found.days == {"ann": date(2023, 1, 2)}


def test_latest_fact_counts_and_one_that_is_not_known_yet_does_not(store: Store) -> None:
    before, later = NOW - timedelta(days=9), NOW + timedelta(days=1)
    keep(
        store,
        *(("corrected", "02-27"), ("corrected", "07-01", before)),
        *(("also", "07-01", before - timedelta(days=1)), ("also", "02-27", before)),
        *(("foretold", "02-27", before), ("foretold", "07-01", later)),
    )
    assert days_near(store) == {"also": date(2023, 2, 27), "foretold": date(2023, 2, 27)}


def test_values_that_are_no_days_are_counted_and_some_told(store: Store) -> None:
    keep(store, ("ann", "spring"), ("bo", "spring"), ("cy", "31/12/1990"), ("di", "02-27"))
    with store.read() as connection:
        found = near(connection, "birthday", 7, today=TODAY, now=NOW)
    assert (found.unread, found.examples) == (3, ["31/12/1990", "spring"])
    assert found.values == {"di": "02-27"}
