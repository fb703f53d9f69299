from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import from_us, to_us
from features.sources.values.zones import _naive, local_from_utc, utc_from_local

# Half-hour offsets, a half-hour saving, a skipped day, a change one minute after midnight, no change at all.
ZONES = [
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Asia/Kathmandu",
    "UTC",
]
moments = st.lists(
    st.integers(16 * 365 * 86_400, 60 * 365 * 86_400).map(lambda second: _naive(second * 1_000_000)),
    min_size=1,
    max_size=30,
)


@given(moments, st.sampled_from(ZONES))
def test_whole_columns_agree_with_python_one_by_one(times: list[datetime], name: str) -> None:
    zone = ZoneInfo(name)
    local_us = np.array([to_us(moment.replace(tzinfo=UTC)) for moment in times])
    expected = [to_us(moment.replace(tzinfo=zone)) for moment in times]
    assert utc_from_local(local_us, zone).tolist() == expected


@given(moments, st.sampled_from(ZONES))
def test_local_times_agree_with_python_one_by_one(times: list[datetime], name: str) -> None:
    zone = ZoneInfo(name)
    instants = [moment.replace(tzinfo=UTC) for moment in times]
    expected = [to_us(moment.astimezone(zone).replace(tzinfo=UTC)) for moment in instants]
    assert local_from_utc(np.array([to_us(moment) for moment in instants]), zone).tolist() == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2017-03-12T01:59:59", "2017-03-12T06:59:59"),
        ("2017-03-12T02:30:00", "2017-03-12T07:30:00"),  # skipped: counts as 03:30
        ("2017-03-12T03:00:00", "2017-03-12T07:00:00"),
        ("2017-11-05T01:30:00", "2017-11-05T05:30:00"),  # twice: the first
        ("2017-11-05T02:00:00", "2017-11-05T07:00:00"),
    ],
)
def test_clock_changes_follow_the_stated_rule(local: str, expected: str) -> None:
    local_us = to_us(datetime.fromisoformat(local).replace(tzinfo=UTC))
    found = utc_from_local(np.array([local_us]), ZoneInfo("America/New_York"))
    assert from_us(int(found[0])) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_change_inside_an_hour_is_found_to_the_minute() -> None:
    zone = ZoneInfo("America/St_Johns")
    change = datetime.fromisoformat("1990-04-01T00:01")
    around = [change + timedelta(minutes=minutes) for minutes in (-1, 0, 60)]
    local_us = np.array([to_us(moment.replace(tzinfo=UTC)) for moment in around])
    assert utc_from_local(local_us, zone).tolist() == [
        to_us(moment.replace(tzinfo=zone)) for moment in around
    ]
