from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from core.clock import from_us
from features.sources.values.instants import Zones, to_instants

ZONES = Zones(dates=ZoneInfo("America/New_York"), naive=ZoneInfo("UTC"))


def _instants(values: list[Any], kind: pa.DataType | None = None, at: time | None = None) -> list[str | None]:
    found = to_instants(pa.array(values, kind), ZONES, at)
    assert not (found.missing & found.bad).any()
    return [
        None if empty else "bad" if bad else from_us(int(us)).strftime("%Y-%m-%d %H:%M:%S")
        for us, empty, bad in zip(found.us, found.missing, found.bad, strict=True)
    ]


def test_text_with_and_without_offsets_may_be_mixed() -> None:
    texts = ["2017-07-01T12:00:00Z", "2017-07-01 12:00:00+08:00", "2017-07-01 12:00", "2017-07-01", None, ""]
    assert _instants(texts) == [
        "2017-07-01 12:00:00",
        "2017-07-01 04:00:00",
        "2017-07-01 12:00:00",
        "2017-07-01 04:00:00",
        None,
        None,
    ]


def test_column_without_offsets_reads_as_one_with_them_does() -> None:
    texts = ["2017-07-01T12:00:00.25", "2017-01-01", " 2017-07-01 12:00 "]
    assert _instants(texts) == _instants([*texts, "2017-07-01T00:00:00Z"])[:3]


@pytest.mark.parametrize(
    "text",
    [
        "2017",
        "2017-13-01",
        "2017-02-30",
        "01/07/2017",
        "2017-07-01 25:00",
        "20170701",
        "0001-01-01",
        "9999-12-31",
    ],
)
def test_what_is_no_plausible_iso_time_is_bad(text: str) -> None:
    assert _instants([text, "2017-07-01"]) == ["bad", "2017-07-01 04:00:00"]
    assert _instants([text, "2017-07-01T00:00:00Z"]) == ["bad", "2017-07-01 00:00:00"]


def test_arrow_types_say_what_they_are() -> None:
    noon = datetime(2017, 7, 1, 12, tzinfo=UTC)
    naive = noon.replace(tzinfo=None)
    assert _instants([naive, None], pa.timestamp("ns")) == ["2017-07-01 12:00:00", None]
    assert _instants([noon], pa.timestamp("ms", tz="Asia/Tokyo")) == ["2017-07-01 12:00:00"]
    assert _instants([date(2017, 7, 1), None], pa.date32()) == ["2017-07-01 04:00:00", None]
    assert _instants([date(1, 1, 1)], pa.date32()) == ["bad"]


def test_time_of_day_counts_in_the_local_calendar_even_where_naive_times_are_utc() -> None:
    end = time(23, 59, 59)
    assert _instants([date(2017, 12, 31)], pa.date64(), end) == ["2018-01-01 04:59:59"]
    assert _instants(["2017-07-01", "2017-07-01 18:00"], at=end) == ["2017-07-02 03:59:59"] * 2
    assert _instants(["2017-07-01T02:00:00Z"], at=end) == ["2017-07-01 03:59:59"]


def test_offset_of_a_timestamp_decides_its_local_date() -> None:
    late = datetime(2017, 7, 1, 23, tzinfo=timezone(timedelta(hours=-4)))
    assert _instants([late], pa.timestamp("us", tz="UTC"), time(0)) == ["2017-07-01 04:00:00"]


def test_midnight_of_a_day_whose_midnight_is_skipped_is_the_first_instant_after_it() -> None:
    zones = Zones(ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/Sao_Paulo"))
    found = to_instants(pa.array(["2017-10-15"]), zones)
    assert from_us(int(found.us[0])) == datetime(2017, 10, 15, 3, tzinfo=UTC)
