"""Cutoffs: month starts with enough history, whose outcomes are all known; finer ones where the data is short."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import add_days, midnight
from training.cutoffs import (
    DAYS_OF_HISTORY,
    DEVELOPMENT_CUTOFFS,
    MOST_CUTOFFS,
    TEST_CUTOFFS,
    Calendar,
    Plan,
    plan_cutoffs,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["America/New_York", "Asia/Shanghai", "Europe/London", "Pacific/Apia", "Australia/Lord_Howe"]


def day(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return midnight(date.fromisoformat(text), zone)


YEAR = Calendar(NEW_YORK, 30, day("2017-01-01"))


def test_demo_year_has_the_month_starts_from_april_to_december() -> None:
    plan = plan_cutoffs(day("2018-01-01"), YEAR)
    months = [f"2017-{month:02}-01" for month in range(4, 13)]
    assert plan.grid == "months"
    assert [str(cutoff.date()) for cutoff in plan.final] == months
    assert [str(cutoff.date()) for cutoff in plan.cutoffs] == months


def test_demo_year_is_tested_on_its_last_three_months() -> None:
    plan = plan_cutoffs(day("2018-01-01"), YEAR)
    assert [str(cutoff.date()) for cutoff in plan.tests] == ["2017-10-01", "2017-11-01", "2017-12-01"]
    past = [str(cutoff.date()) for cutoff in plan.before(plan.tests[0])]
    assert past == [f"2017-{month:02}-01" for month in range(4, 10)]


def test_demo_year_is_developed_on_the_three_months_that_were_over_at_the_first_test() -> None:
    plan = plan_cutoffs(day("2018-01-01"), YEAR)
    assert [str(cutoff.date()) for cutoff in plan.development] == ["2017-07-01", "2017-08-01", "2017-09-01"]
    assert [str(cutoff.date()) for cutoff in plan.judged] == [f"2017-{month:02}-01" for month in range(5, 13)]


def test_cutoff_counts_from_the_instant_on_which_its_window_ends() -> None:
    """30 days after 1 November are over when 1 December begins, clocks set back or not."""
    end = day("2017-12-01")
    assert plan_cutoffs(end, YEAR).final[-1] == day("2017-11-01")
    assert plan_cutoffs(end - timedelta(microseconds=1), YEAR).final[-1] == day("2017-10-01")


def test_cutoffs_are_local_midnights_in_summer_and_winter() -> None:
    found = plan_cutoffs(day("2018-01-01"), YEAR).final
    assert {cutoff.astimezone(NEW_YORK).hour for cutoff in found} == {0}
    assert {cutoff.utcoffset() for cutoff in found} == {timedelta(hours=-4), timedelta(hours=-5)}


@given(
    st.sampled_from(ZONES),
    st.integers(1, 365),
    st.dates(date(2005, 1, 1), date(2016, 1, 1)),
    st.integers(0, 4000),
    st.integers(0, 86_399),
)
def test_no_cutoff_looks_at_what_was_not_known(
    zone: str, horizon: int, start: date, days: int, second: int
) -> None:
    local = ZoneInfo(zone)
    calendar = Calendar(local, horizon, midnight(start, local) + timedelta(seconds=second))
    until = add_days(midnight(start, local), days, local)
    plan = plan_cutoffs(until, calendar)
    assert list(plan.usable) == sorted(set(plan.usable))
    for cutoff in plan.usable:
        assert cutoff.astimezone(local).strftime("%H:%M") == "00:00"
        assert add_days(calendar.data_starts, DAYS_OF_HISTORY, local) <= cutoff
        assert calendar.end(cutoff) <= until
    for cutoff in plan.tests:
        past = plan.before(cutoff)
        assert past
        assert all(calendar.end(earlier) <= cutoff for earlier in past)
        assert set(past) < set(plan.cutoffs)
    for cutoff in plan.development:
        assert plan.before(cutoff)
        assert set(plan.before(cutoff)) < set(plan.cutoffs)
        assert calendar.end(cutoff) <= plan.tests[0]
    if days >= calendar.days_needed:
        assert plan.tests
    if days < calendar.days_needed - 1:
        assert not plan.tests


@given(st.integers(1, 365), st.integers(0, 20_000))
def test_number_of_cutoffs_is_bounded_however_long_the_data(horizon: int, days: int) -> None:
    calendar = Calendar(NEW_YORK, horizon, day("1960-01-01"))
    plan = plan_cutoffs(add_days(calendar.data_starts, days, NEW_YORK), calendar)
    assert len(plan.tests) <= TEST_CUTOFFS
    assert len(plan.final) <= MOST_CUTOFFS
    assert len(plan.development) <= DEVELOPMENT_CUTOFFS
    assert len(plan.cutoffs) <= 3 * (MOST_CUTOFFS + TEST_CUTOFFS)


def described(plan: Plan) -> tuple[str, int, int, int]:
    return plan.grid, len(plan.tests), len(plan.development), len(plan.cutoffs)


@pytest.mark.parametrize(
    ("until", "horizon", "expected"),
    [
        ("2017-05-24", 30, ("months", 0, 0, 1)),  # 143 days: one short
        ("2017-05-25", 30, ("days", 1, 0, 25)),
        ("2017-06-01", 30, ("days", 3, 0, 32)),  # five months
        ("2017-07-01", 30, ("weeks", 3, 0, 10)),
        ("2017-08-01", 30, ("weeks", 3, 2, 14)),  # months would leave no development cutoff
        ("2017-09-01", 30, ("months", 3, 1, 5)),
        ("2017-04-30", 7, ("weeks", 3, 0, 4)),
        ("2027-01-01", 30, ("months", 3, 3, 30)),  # ten years
        ("2019-06-01", 365, ("months", 3, 0, 15)),
    ],
)
def test_grid_is_as_coarse_as_the_data_allows(
    until: str, horizon: int, expected: tuple[str, int, int, int]
) -> None:
    assert described(plan_cutoffs(day(until), Calendar(NEW_YORK, horizon, day("2017-01-01")))) == expected


def test_ten_years_are_learned_from_their_last_two() -> None:
    plan = plan_cutoffs(day("2027-01-01"), YEAR)
    assert plan.final == [
        midnight(date(year, month, 1), NEW_YORK) for year in (2025, 2026) for month in range(1, 13)
    ]
    assert plan.tests == tuple(plan.final[-TEST_CUTOFFS:])


@pytest.mark.parametrize("until", ["2017-01-01", "2017-04-30", "2016-01-01"])
def test_data_that_is_too_short_has_no_test(until: str) -> None:
    assert plan_cutoffs(day(until), YEAR).tests == ()
