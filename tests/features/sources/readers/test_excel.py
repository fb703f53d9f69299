from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]  # it publishes no types

from core.errors import InvalidInputError
from features.sources.file_spec import Files
from features.sources.readers import chunk
from features.sources.readers.tables import SourceFile, open_files

Write = Callable[..., SourceFile]


@pytest.fixture
def sheet(tmp_path: Path) -> Write:
    """Writes rows to the sheets of a workbook and opens it as a mapping's keys say."""

    def write(*rows: list[Any], others: tuple[str, ...] = (), **keys: Any) -> SourceFile:
        book = Workbook()
        page = book.worksheets[0]
        page.title = "订单"
        for row in rows:
            page.append(row)
        for name in others:
            book.create_sheet(name).append(["x"])
        book.save(tmp_path / "t.xlsx")
        return open_files(Files(files=(str(tmp_path / "t.xlsx"),), **keys), "x")[0]

    return write


def rows(file: SourceFile) -> list[dict[str, Any]]:
    return [row for some in file.chunks() for row in some.columns.to_pylist()]


def test_cells_keep_their_types(sheet: Write) -> None:
    at = datetime(2024, 1, 5, 18, 5)  # noqa: DTZ001 (a sheet knows no zone)
    file = sheet(
        ["会员", "时间", "日期", "钟点", "金额", "码"],
        ["王", at, date(2024, 1, 5), time(18, 5), 1.5, "007"],
        ["李", None, None, None, 2, "8"],
    )
    kinds = [pa.string(), pa.timestamp("us"), pa.date32(), pa.time64("us"), pa.float64(), pa.string()]
    assert file.schema().types == kinds
    assert [list(row.values()) for row in rows(file)] == [
        ["王", at, date(2024, 1, 5), time(18, 5), 1.5, "007"],
        ["李", None, None, None, 2.0, "8"],
    ]
    assert file.estimated_rows() == 2


def test_a_column_of_several_kinds_is_text_without_points_behind_whole_numbers(sheet: Write) -> None:
    found = rows(sheet(["a"], [7], ["x"], [date(2024, 1, 5)], [1.5], [True]))
    assert [row["a"] for row in found] == ["7", "x", "2024-01-05", "1.5", "true"]


def test_empty_rows_are_none_and_keep_the_count(sheet: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "CHUNK_ROWS", 2)
    chunks = list(sheet(["a", "b"], [1, 2], [None, None], [3, 4], [5, 6]).chunks())
    assert [some.lines.tolist() for some in chunks] == [[1, 3], [4]]


def test_title_rows_are_skipped_and_names_may_come_from_the_mapping(sheet: Write) -> None:
    assert rows(sheet(["May"], [None], ["a", "b"], [1, "x"], skip_rows=2)) == [{"a": 1.0, "b": "x"}]
    assert rows(sheet([1, "x"], header=("a", "b"))) == [{"a": 1.0, "b": "x"}]
    assert rows(sheet([1, "x"], header=("none",))) == [{"1": 1.0, "2": "x"}]


def test_the_first_sheet_of_several_is_read_with_a_warning(sheet: Write) -> None:
    file = sheet(["a"], [1], others=("退货",))
    assert rows(file) == [{"a": 1.0}]
    (warning,) = file.warnings()
    assert "退货" in str(warning)
    assert sheet(["a"], [1], others=("退货",), sheet="退货").warnings() == ()


def test_absent_sheet_is_named_with_the_nearest(sheet: Write) -> None:
    with pytest.raises(InvalidInputError, match=r"t\.xlsx has no sheet '定单'; nearest: 订单"):
        sheet(["a"], [1], sheet="定单").schema()


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("a,b\n")
    (file,) = open_files(Files(files=(str(tmp_path / "t.xlsx"),)), "x")
    with pytest.raises(InvalidInputError, match="cannot be read as excel"):
        file.schema()


def test_the_old_form_of_excel_is_read_alike() -> None:
    """`orders.xls` was written with xlwt 1.3: nothing else here writes that form."""
    (file,) = open_files(Files(files=(str(Path(__file__).with_name("orders.xls")),)), "x")
    assert [list(row.values()) for row in rows(file)] == [
        ["m001", datetime(2024, 1, 2, 9, 30), 12.5],  # noqa: DTZ001 (a sheet knows no zone)
        ["m002", datetime(2024, 1, 3, 18), 8.0],  # noqa: DTZ001 (as above)
    ]
    assert file.schema().names == ["会员", "时间", "金额"]
