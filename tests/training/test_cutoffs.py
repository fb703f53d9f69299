"""Cutoffs: month starts with enough history, whose outcomes are all known."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import add_days, midnight
from core.errors import NotReadyError
from training import cutoffs as of_training
from training.cutoffs import DAYS_OF_HISTORY, Calendar, training_cutoffs

held_back_cutoffs = of_training.test_cutoffs  # pytest would take the name for a test

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["America/New_York", "Asia/Shanghai", "Europe/London", "Pacific/Apia", "Australia/Lord_Howe"]


def day(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return midnight(date.fromisoformat(text), zone)


YEAR = Calendar(NEW_YORK, 30, day("2017-01-01"))


def test_demo_year_has_the_month_starts_from_april_to_december() -> None:
    found = training_cutoffs(day("2018-01-01"), YEAR)
    assert [str(cutoff.date()) for cutoff in found] == [f"2017-{month:02}-01" for month in range(4, 13)]


def test_demo_year_is_tested_on_its_last_three_months() -> None:
    found = held_back_cutoffs(day("2018-01-01"), YEAR)
    assert [str(cutoff.date()) for cutoff in found] == ["2017-10-01", "2017-11-01", "2017-12-01"]


def test_cutoff_counts_from_the_instant_on_which_its_window_ends() -> None:
    """30 days after 1 November are over when 1 December begins, clocks set back or not."""
    end = day("2017-12-01")
    assert training_cutoffs(end, YEAR)[-1] == day("2017-11-01")
    assert training_cutoffs(end - timedelta(microseconds=1), YEAR)[-1] == day("2017-10-01")


def test_cutoffs_are_local_midnights_in_summer_and_winter() -> None:
    found = training_cutoffs(day("2018-01-01"), YEAR)
    assert {cutoff.astimezone(NEW_YORK).hour for cutoff in found} == {0}
    assert {cutoff.utcoffset() for cutoff in found} == {timedelta(hours=-4), timedelta(hours=-5)}


@given(
    st.sampled_from(ZONES),
    st.integers(1, 90),
    st.dates(date(2015, 1, 1), date(2016, 1, 1)),
    st.integers(400, 900),
)
def test_no_cutoff_looks_at_what_was_not_known(zone: str, horizon: int, start: date, days: int) -> None:
    local = ZoneInfo(zone)
    calendar = Calendar(local, horizon, midnight(start, local))
    until = add_days(calendar.data_starts, days, local)
    usable, tested = training_cutoffs(until, calendar), held_back_cutoffs(until, calendar)
    assert usable == sorted(usable)
    for cutoff in usable:
        assert cutoff.astimezone(local).date().day == 1
        assert add_days(calendar.data_starts, DAYS_OF_HISTORY, local) <= cutoff
        assert calendar.end(cutoff) <= until
    for cutoff in tested:
        past = training_cutoffs(cutoff, calendar)
        assert past
        assert all(calendar.end(earlier) <= cutoff for earlier in past)


@pytest.mark.parametrize("until", ["2017-01-01", "2017-04-30", "2016-01-01"])
def test_data_without_a_single_cutoff_is_too_short(until: str) -> None:
    with pytest.raises(NotReadyError, match="The data is too short to train until"):
        training_cutoffs(day(until), YEAR)


def test_data_with_nothing_to_compare_on_is_too_short() -> None:
    """One cutoff to learn from is there, but none after it."""
    assert training_cutoffs(day("2017-05-02"), YEAR) == [day("2017-04-01")]
    with pytest.raises(NotReadyError, match=r"begins on 2017-01-01, and a training needs 84 days of history"):
        held_back_cutoffs(day("2017-05-02"), YEAR)


def test_first_comparison_has_one_cutoff() -> None:
    assert held_back_cutoffs(day("2017-05-31"), YEAR) == [day("2017-05-01")]
