"""Clocks and local calendar days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import (
    FixedClock,
    OffsetClock,
    SteppedClock,
    add_days,
    from_us,
    midnight,
    offset_starting_at,
    parse_instant,
    to_us,
)
from core.errors import InvalidInputError, UnavailableError

NEW_YORK = ZoneInfo("America/New_York")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = [NEW_YORK, SHANGHAI, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_fixed_clock_tells_its_instant_in_utc() -> None:
    clock = FixedClock(datetime(2017, 11, 1, tzinfo=NEW_YORK))
    assert clock.now().isoformat() == "2017-11-01T04:00:00+00:00"
    assert clock.now() == clock.now()


def test_stepped_clock_tells_every_reader_what_it_was_set_to(tmp_path: Path) -> None:
    setter, reader = SteppedClock(tmp_path / "clock"), SteppedClock(tmp_path / "clock")
    for instant in (datetime(2017, 11, 1, tzinfo=NEW_YORK), datetime(2017, 11, 1, 9, 30, tzinfo=NEW_YORK)):
        setter.set_to(instant)
        assert reader.now() == instant
        assert reader.now().tzinfo is UTC


def test_stepped_clock_does_not_run_back(tmp_path: Path) -> None:
    clock = SteppedClock(tmp_path / "clock")
    clock.set_to(datetime(2017, 11, 1, tzinfo=UTC))
    with pytest.raises(InvalidInputError, match="runs forward only"):
        clock.set_to(datetime(2017, 10, 31, tzinfo=UTC))
    assert clock.now() == datetime(2017, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("content", [None, "", "noon"])
def test_stepped_clock_without_an_instant_says_what_to_do(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "clock"
    if content is not None:
        file.write_text(content, encoding="ascii")
    with pytest.raises(UnavailableError, match="set clock in tagloop"):
        SteppedClock(file).now()


def test_offset_clock_starts_at_its_instant_and_runs() -> None:
    start = datetime(2018, 1, 1, tzinfo=NEW_YORK)
    clock = OffsetClock(offset_starting_at(start))
    first, second = clock.now(), clock.now()
    assert start <= first <= second < start + timedelta(seconds=10)


def test_clock_without_an_offset_is_the_wall_clock() -> None:
    assert abs(OffsetClock().now() - datetime.now(UTC)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2017-11-01T00:00:00-04:00", 30, "2017-12-01T00:00:00-05:00"),
        ("2017-03-11T12:00:00-05:00", 1, "2017-03-12T12:00:00-04:00"),
        ("2017-03-12T12:00:00-04:00", -1, "2017-03-11T12:00:00-05:00"),
        ("2017-11-04T00:30:00-04:00", 1, "2017-11-05T00:30:00-04:00"),
    ],
)
def test_days_are_calendar_days_across_clock_changes(start: str, days: int, end: str) -> None:
    assert add_days(datetime.fromisoformat(start), days, NEW_YORK) == datetime.fromisoformat(end)


def test_time_that_a_clock_change_skips_is_the_instant_after_it() -> None:
    skipped = add_days(datetime(2017, 3, 11, 2, 30, tzinfo=NEW_YORK), 1, NEW_YORK)
    assert skipped.astimezone(UTC) == datetime(2017, 3, 12, 7, 30, tzinfo=UTC)


@given(INSTANTS, st.integers(-400, 400), st.sampled_from(ZONES))
def test_added_days_move_the_local_date_by_that_many(instant: datetime, days: int, zone: ZoneInfo) -> None:
    moved = add_days(instant, days, zone).replace(tzinfo=None)
    assert moved == instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)


def test_midnight_is_where_the_local_day_begins() -> None:
    assert midnight(date(2017, 7, 4), NEW_YORK).astimezone(UTC) == datetime(2017, 7, 4, 4, tzinfo=UTC)


@given(INSTANTS)
def test_microseconds_are_exact(instant: datetime) -> None:
    assert from_us(to_us(instant)) == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2017-11-01", "2017-11-01T00:00:00+08:00"),
        ("2017-11-01T09:30", "2017-11-01T09:30:00+08:00"),
        ("2017-11-01T09:30:00Z", "2017-11-01T09:30:00+00:00"),
        ("2017-11-01T09:30:00-05:00", "2017-11-01T09:30:00-05:00"),
    ],
)
def test_naive_time_is_the_shops_and_an_offset_counts(text: str, instant: str) -> None:
    assert parse_instant(text, SHANGHAI, field="until") == datetime.fromisoformat(instant)


@pytest.mark.parametrize("text", ["", "yesterday", "2017-13-01", "01/11/2017"])
def test_text_that_is_no_time_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"until: expected a date or time in ISO 8601"):
        parse_instant(text, SHANGHAI, field="until")
