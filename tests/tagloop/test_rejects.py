"""`tagloop rejects`: what loads refused can be found again."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

CopyOf = Callable[[Shop], Shop]


@pytest.fixture
def faulty(small_shop: Shop, copy_of: CopyOf) -> Shop:
    """The small shop, loaded with three faulty rows among its visits."""
    shop = copy_of(small_shop)
    with (shop.mapping.parent / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("m001,yesterday\n,2024-01-01T10:00:00\nm002,昨天\n")
    done = tagloop_here(shop.home, "ingest", shop.mapping)
    assert "`tagloop rejects` lists them" in done.stderr
    return shop


def test_rejects_are_counted_by_file_and_reason(faulty: Shop) -> None:
    told = answered(faulty.home, "rejects", "--json", run=tagloop_here)
    assert {(row["file"], row["reason"]): row["rows"] for row in told} == {
        ("visits.csv", "bad_timestamp"): 2,
        ("visits.csv", "missing_customer"): 1,
    }
    assert "缺少客户" in succeeded(faulty.home, "rejects", run=tagloop_here, TAGLOOP_LANG="zh")


def test_one_reason_is_listed_row_by_row(faulty: Shop) -> None:
    said = succeeded(faulty.home, "rejects", "--reason", "bad_timestamp", "--limit", "1", run=tagloop_here)
    assert "at='yesterday'" in said
    assert "401" in said
    assert "昨天" not in said


def test_rejects_are_written_to_a_file_that_spreadsheets_open(faulty: Shop, tmp_path: Path) -> None:
    file = tmp_path / "rejects.csv"
    assert "3 rows in" in succeeded(faulty.home, "rejects", "--csv", file, run=tagloop_here)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [row["line"] for row in rows] == ["401", "402", "403"]
    assert "昨天" in rows[2]["content"]


def test_unknown_reason_is_refused_with_those_there_are(faulty: Shop, tmp_path: Path) -> None:
    said = refused(faulty.home, "rejects", "--reason", "too_late")
    assert "'too_late'; there is: bad_timestamp, missing_customer" in said
    assert "does not exist" in refused(faulty.home, "rejects", "--csv", tmp_path / "no" / "rejects.csv")


def test_home_without_rejects_says_so(loaded_shop: Shop) -> None:
    assert "No row was rejected" in succeeded(loaded_shop.home, "rejects", run=tagloop_here)
