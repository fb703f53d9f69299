"""Local days and hours against `zoneinfo`, instant by instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import to_us
from features.calendar import DAY_US, day_of, hour_of, local_us, weekday_of
from tests.features.worlds import CUTOFF_DAYS, MICROSECOND

ZONES = [
    *CUTOFF_DAYS,
    "Africa/Monrovia",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Asia/Tehran",
    "Antarctica/Troll",
]
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (local wall times carry no zone)
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


def assert_as_zoneinfo(instants: list[datetime], zone: ZoneInfo) -> None:
    wall = local_us(np.array([to_us(instant) for instant in instants], dtype=np.int64), zone)
    expected = [instant.astimezone(zone).replace(tzinfo=None) for instant in instants]
    assert wall.tolist() == [(local - EPOCH) // MICROSECOND for local in expected]
    assert day_of(wall).tolist() == [(local - EPOCH).days for local in expected]
    assert hour_of(wall).tolist() == [local.hour for local in expected]
    assert weekday_of(day_of(wall)).tolist() == [local.weekday() for local in expected]


@given(st.sampled_from(ZONES), st.lists(INSTANTS, min_size=1, max_size=30))
def test_wall_times_are_zoneinfos(name: str, instants: list[datetime]) -> None:
    assert_as_zoneinfo(instants, ZoneInfo(name))


@pytest.mark.parametrize("name", ZONES)
def test_wall_times_around_every_change_of_the_clocks_are_zoneinfos(name: str) -> None:
    """Hour by hour near the changes that two samples a day betray, and a microsecond before each hour."""
    zone = ZoneInfo(name)
    halves = [datetime(1971, 1, 1, tzinfo=UTC) + timedelta(hours=12) * step for step in range(2 * 365 * 60)]
    offsets = [half.astimezone(zone).utcoffset() for half in halves]
    changed = [halves[place] for place in range(len(halves) - 1) if offsets[place] != offsets[place + 1]]
    hours = [start + timedelta(hours=1) * step for start in changed for step in range(13)]
    if hours:
        assert_as_zoneinfo([hour + nudge for hour in hours for nudge in (-MICROSECOND, timedelta(0))], zone)


def test_first_of_january_1970_was_a_thursday() -> None:
    assert weekday_of(np.array([0], dtype=np.int64)).tolist() == [3]


def test_instants_before_1970_have_whole_hours_of_their_day() -> None:
    assert hour_of(np.array([-1], dtype=np.int64)).tolist() == [23]
    assert day_of(np.array([-1, -DAY_US], dtype=np.int64)).tolist() == [-1, -1]
