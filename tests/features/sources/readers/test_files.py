from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInputError
from features.sources.file_spec import Files
from features.sources.readers.files import find_files, format_of


def test_pattern_finds_files_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b-2.csv", "b-1.csv", "a.csv"):
        (tmp_path / name).touch()
    found = find_files((str(tmp_path / "b-*.csv"), str(tmp_path / "*.csv")), "events.orders.files")
    assert [file.name for file in found] == ["b-1.csv", "b-2.csv", "a.csv"]


def test_name_with_brackets_is_a_name_when_there_is_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "orders[1].csv").touch()
    assert find_files((str(tmp_path / "orders[1].csv"),), "x") == (tmp_path / "orders[1].csv",)


def test_absent_file_is_told_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").touch()
    with pytest.raises(InvalidInputError, match=r"order\.csv; in that folder: orders\.csv") as caught:
        find_files((str(tmp_path / "order.csv"),), "events.orders.files")
    assert caught.value.fields[0].field == "events.orders.files"


def test_absent_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no file matches"):
        find_files((str(tmp_path / "nowhere" / "*.csv"),), "x")


def test_file_inside_a_package_is_found_without_importing_it() -> None:
    (found,) = find_files(("package:core/translations/zh.json",), "x")
    assert found.name == "zh.json"


def test_absent_package_is_told_with_how_to_get_it() -> None:
    with pytest.raises(
        InvalidInputError, match=r"no_such_shop is not installed.*pip install 'tagloop\[demo\]'"
    ):
        find_files(("package:no_such_shop/data.parquet",), "x")


@pytest.mark.parametrize(
    ("name", "keys", "format_"),
    [
        ("a.CSV", {}, "csv"),
        ("a.csv.gz", {}, "csv"),
        ("a.tab", {}, "tsv"),
        ("a.NDJSON.GZ", {}, "jsonl"),
        ("a.xls", {}, "excel"),
        ("a.parquet", {}, "parquet"),
        ("a.txt", {"format": "csv"}, "csv"),
        ("a.dat", {"delimiter": "::"}, "csv"),
        ("a.txt", {"format": "whitespace"}, "whitespace"),
    ],
)
def test_format_is_declared_or_told_by_the_suffix(name: str, keys: dict[str, Any], format_: str) -> None:
    assert format_of(Path(name), Files(files=(name,), **keys), "x") == format_


def test_unknown_suffix_is_told_with_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("00001 19970101  1\n00002")
    with pytest.raises(InvalidInputError, match=r"a\.txt.*whitespace.*first line is '00001 19970101  1'"):
        format_of(tmp_path / "a.txt", Files(files=("a.txt",)), "x")
