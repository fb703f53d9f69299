from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import from_us
from features.sources.values.instants import Zones, to_instants
from features.sources.values.time_formats import FORMATS
from features.sources.values.time_guess import formats_that_read

ZONES = Zones(dates=ZoneInfo("Asia/Shanghai"), naive=ZoneInfo("UTC"))
DAY = "2024-12-30 16:00:00"  # midnight of 31 December in Shanghai
EVENING = "2024-12-31 18:05:00"


def instants(values: Any, format_: str, clock: Any = None) -> list[str | None]:
    values = values if isinstance(values, pa.Array) else pa.array(values)
    clock = None if clock is None else pa.array(clock) if isinstance(clock, list) else clock
    found = to_instants(values, ZONES, format_=format_, clock=clock)
    assert not (found.missing & found.bad).any()
    return [
        None if empty else "bad" if bad else from_us(int(us)).strftime("%Y-%m-%d %H:%M:%S")
        for us, empty, bad in zip(found.us, found.missing, found.bad, strict=True)
    ]


@pytest.mark.parametrize(
    ("format_", "values", "expected"),
    [
        ("YYYYMMDD", ["20241231", "202412311805", "20241231180500", ""], [DAY, EVENING, EVENING, None]),
        ("YYYYMMDD", [20241231, None], [DAY, None]),
        ("YYYYMMDD", [20241231.0, float("nan")], [DAY, None]),
        ("epoch_seconds", [1735668300, None], [EVENING, None]),
        ("epoch_seconds", ["1735668300", "1735668300.0"], [EVENING] * 2),
        ("epoch_milliseconds", [1735668300000.0], [EVENING]),
        ("epoch_microseconds", ["1735668300000000"], [EVENING]),
        ("day_first", ["31/12/2024", "31.12.2024", "31-12-2024", "31. 12. 2024"], [DAY] * 4),
        ("day_first", ["31/12/2024 18:05", "31.12.2024 18:05:00", "31/12/2024 6:05 PM"], [EVENING] * 3),
        ("day_first", ["2024-12-31", "2024-12-31T18:05:00Z", "31/12/2024"], [DAY, EVENING, DAY]),
        ("month_first", ["12/31/2024", "12/31/2024 06:05 pm"], [DAY, EVENING]),
        ("year_first", ["2024/12/31", "2024年12月31日", "2024年12月31日 18:05"], [DAY, DAY, EVENING]),
        ("year_first", ["2024年12月31日 18时05分", "2024年12月31日下午6点05分00秒"], [EVENING] * 2),
        ("excel", [45657, 45657.7534722222], [DAY, EVENING]),
        ("excel", ["45657"], [DAY]),
        ("%d-%b-%Y", ["31-Dec-2024"], [DAY]),
        ("%b %d, %Y %H:%M", ["Dec 31, 2024 18:05"], [EVENING]),
        ("%d.%m.%Y %H:%M %z", ["31.12.2024 20:05 +0200"], [EVENING]),
    ],
)
def test_declared_format_is_read(format_: str, values: list[Any], expected: list[str | None]) -> None:
    assert instants(values, format_) == expected


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("YYYYMMDD", "20240230"),
        ("YYYYMMDD", "2024-12-31"),
        ("YYYYMMDD", "202412312460"),
        ("epoch_seconds", "1735668300000"),
        ("epoch_milliseconds", "soon"),
        ("epoch_seconds", "999999999999999999"),
        ("day_first", "12/31/2024"),
        ("day_first", "31/12/24"),
        ("day_first", "29/02/2023"),
        ("day_first", "31/12/2024 24:00"),
        ("day_first", "31/12/2024 13:05 PM"),
        ("month_first", "31/12/2024"),
        ("year_first", "31/12/2024"),
        ("excel", "31/12/2024"),
        ("excel", "1e300"),
        ("%d-%b-%Y", "31-12-2024"),
    ],
)
def test_what_the_format_does_not_read_is_bad(format_: str, text: str) -> None:
    assert instants([text], format_) == ["bad"]


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_chunk_without_rows_has_no_times(format_: str) -> None:
    assert instants(pa.array([], pa.string()), format_) == []


def test_typed_columns_say_what_they_are_whatever_is_declared() -> None:
    assert instants(pa.array([date(2024, 12, 31)]), "YYYYMMDD") == [DAY]
    assert instants(pa.array([datetime(2024, 12, 31, 18, 5)]), "excel") == [EVENING]  # noqa: DTZ001


@pytest.mark.parametrize(
    "clock",
    [
        ["18:05", "", "25:00"],
        ["1805", None, "9999"],
        [1805.0, None, 9999],
        ["180500", None, "x"],
        pa.array([time(18, 5), None, None]),
        pa.array([0.7534722222, None, -0.5]),
    ],
)
def test_date_and_time_of_day_come_from_two_columns(clock: Any) -> None:
    third = DAY if isinstance(clock, pa.Array) and clock[2].as_py() is None else "bad"
    assert instants(["20241231", "20241231", "20241231"], "YYYYMMDD", clock) == [EVENING, DAY, third]
    assert instants([None, "x", "20241231"], "YYYYMMDD", ["1:00", "1:00", "01:00"])[:2] == [None, "bad"]


def test_a_date_that_has_a_time_already_contradicts_a_second_one() -> None:
    assert instants(["2024-12-31 10:00", "2024-12-31 00:00:00"], "iso", ["18:05", "18:05"]) == [
        "bad",
        EVENING,
    ]


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)))  # noqa: DTZ001 (written without a zone)
def test_every_writing_of_a_moment_reads_the_same(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    seconds = (moment - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001
    written = {
        "iso": moment.isoformat(),
        "YYYYMMDD": moment.strftime("%Y%m%d%H%M%S"),
        "epoch_seconds": seconds,
        "epoch_milliseconds": str(int(seconds) * 1_000),
        "day_first": f"{moment.day}/{moment.month}/{moment.year} {moment.time()}",
        "month_first": f"{moment.month}-{moment.day}-{moment.year} {moment.strftime('%I:%M:%S %p')}",
        "year_first": f"{moment.year}年{moment.month}月{moment.day}日 {moment.time()}",
        "excel": (moment - datetime(1899, 12, 30)).total_seconds() / 86_400,  # noqa: DTZ001
        "%Y.%j %H-%M-%S": moment.strftime("%Y.%j %H-%M-%S"),
    }
    expected = moment.strftime("%Y-%m-%d %H:%M:%S")
    for format_, cell in written.items():
        found = to_instants(pa.array([cell]), Zones(ZoneInfo("UTC"), ZoneInfo("UTC")), format_=format_)
        assert not found.bad[0], format_
        assert from_us(int(found.us[0])).strftime("%Y-%m-%d %H:%M:%S") == expected, format_


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-05", "2024-01-06T10:00:00Z"], ("iso",)),
        ([19970101, 19980630], ("YYYYMMDD",)),
        ([978300760, 956703932], ("epoch_seconds",)),
        ([978300760000], ("epoch_milliseconds",)),
        ([45657.5, 45000.0], ("excel",)),
        (["31/12/2024", "1/2/2024"], ("day_first",)),
        (["1/2/2024", "3/4/2024"], ("day_first", "month_first")),
        (["2024年1月5日", "2024/1/5"], ("year_first",)),
        (["5-Jan-2024"], ("%d-%b-%Y",)),
        (["soon"], ()),
        ([1, 2, 3], ()),
        ([None], ()),
    ],
)
def test_formats_that_would_read_a_column_are_found(values: list[Any], expected: tuple[str, ...]) -> None:
    assert formats_that_read(pa.array(values)) == expected
