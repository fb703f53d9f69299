import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInputError
from features.sources.file_spec import Files
from features.sources.readers import chunk
from features.sources.readers.tables import SourceFile, open_files

Open = Callable[..., SourceFile]


@pytest.fixture
def source(tmp_path: Path) -> Open:
    """Writes a file and opens it as a mapping's keys say."""

    def write_and_open(name: str, content: str | bytes, **keys: Any) -> SourceFile:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (opened,) = open_files(Files(files=(str(path),), **keys), "events.x.files")
        return opened

    return write_and_open


def rows(file: SourceFile) -> list[dict[str, Any]]:
    return [row for some in file.chunks() for row in some.columns.to_pylist()]


def test_parquet_comes_in_chunks_with_running_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "CHUNK_ROWS", 10)
    pq.write_table(pa.table({"n": range(25)}), tmp_path / "n.parquet")
    (file,) = open_files(Files(files=(str(tmp_path / "n.parquet"),)), "x")
    chunks = list(file.chunks())
    assert [some.columns.num_rows for some in chunks] == [10, 10, 5]
    assert np.concatenate([some.lines for some in chunks]).tolist() == list(range(1, 26))
    assert file.estimated_rows() == 25


def test_csv_cells_are_text_as_written(source: Open) -> None:
    file = source("t.csv", 'id,note\n007,"a, ""b"""\n1e5,\n')
    assert rows(file) == [{"id": "007", "note": 'a, "b"'}, {"id": "1e5", "note": None}]


def test_csv_of_malformed_rows_alone_keeps_them_all(source: Open) -> None:
    file = source("t.csv", "a,b\n1\n2\n3,4,5\n")
    assert [row.line for some in file.chunks() for row in some.malformed] == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "content", "keys"),
    [
        ("t.csv", "a;b\n1;北\n2;x\n", {"delimiter": ";"}),
        ("t.tsv", "a\tb\n1\t北\n2\tx\n", {}),
        ("t.tab", "\ufeffa\tb\r\n1\t北\r\n2\tx\r\n", {}),
        ("t.dat", "a::b\n1::北\n2::x", {"delimiter": "::"}),
        ("t.dat", "a｜b\n1｜北\n2｜x", {"delimiter": "｜"}),
        ("t.txt", "  a   b\n\n 1 \t 北  \n2 x\n", {"format": "whitespace"}),
        ("t.txt", "1   北\r\n2 \t x \r\n", {"format": "whitespace", "header": ("a", "b")}),
        ("t.csv", "1,北\n2,x\n", {"header": ("a", "b")}),
        ("t.csv", "Report of May\n\na,b\n1,北\n2,x\n", {"skip_rows": 2}),
        ("t.csv", "'a','b'\n1,'北'\n2,'x'\n", {"quote": "'"}),
        ("t.jsonl", '{"a": 1, "b": "北"}\n\n{"b": "x", "a": 2}\n', {}),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_same_rows_come_from_every_text_format(
    source: Open, name: str, content: str, keys: dict[str, Any], ending: str
) -> None:
    text = content.encode()
    file = source(name + ending, gzip.compress(text) if ending else text, **keys)
    assert rows(file) == [{"a": "1", "b": "北"}, {"a": "2", "b": "x"}]
    assert file.schema() == pa.schema({"a": pa.string(), "b": pa.string()})
    assert file.warnings() == ()


def test_columns_without_names_go_by_number(source: Open) -> None:
    assert rows(source("t.csv", "7,x\n", header=("none",))) == [{"1": "7", "2": "x"}]


def test_another_number_of_columns_than_the_mapping_names_is_refused(source: Open) -> None:
    with pytest.raises(InvalidInputError, match=r"t.csv: header names 2 columns.*has 3 cells: 1 \| 2 \| 3"):
        source("t.csv", "1,2,3\n", header=("a", "b")).schema()


@pytest.mark.parametrize(
    ("name", "keys", "separator"),
    [
        ("t.txt", {"format": "whitespace"}, "  "),
        ("t.dat", {"delimiter": "::"}, "::"),
        ("t.csv", {}, ","),
        ("t.csv", {"encoding": "gb18030"}, ","),
    ],
)
@pytest.mark.parametrize("header", [[], [["x", "y"]]])
def test_malformed_rows_keep_their_line_and_text_in_streamed_formats(
    source: Open,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    keys: dict[str, Any],
    separator: str,
    header: list[list[str]],
) -> None:
    monkeypatch.setattr(chunk, "CHUNK_BYTES", 500)
    lines = [["a", "b"] if number % 7 else ["lonely"] for number in range(1, 400)]
    text = "".join(separator.join(cells) + "\n" for cells in header + lines)
    file = source(name, text, **keys, **({} if header else {"header": ("x", "y")}))
    chunks = list(file.chunks())
    assert len(chunks) > 3
    wrong = [row for some in chunks for row in some.malformed]
    assert [row.line for row in wrong] == list(range(7, 400, 7))
    assert {row.content for row in wrong} == {"lonely"}
    numbers = np.concatenate([some.lines for some in chunks])
    assert numbers.tolist() == [number for number in range(1, 400) if number % 7]


def test_a_line_longer_than_a_block_is_read_whole(source: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.sources.readers.encoding.BLOCK_BYTES", 7)
    text = "a  b\n" + "".join(f"{number}  {'字' * number}\r\n" for number in range(1, 30))
    found = rows(source("t.txt", text, format="whitespace"))
    assert found == [{"a": str(number), "b": "字" * number} for number in range(1, 30)]


def test_json_keys_inside_keys_are_dotted_and_numbers_are_as_written(source: Open) -> None:
    text = '{"id": 12345678901234567890, "who": {"city": "北"}, "paid": 1.50}\n{"id": 1e3, "late": [1], "ok": true}\n'
    assert rows(source("t.ndjson", text)) == [
        {"id": "12345678901234567890", "who.city": "北", "paid": "1.50", "late": None, "ok": None},
        {"id": "1000", "who.city": None, "paid": None, "late": '["1"]', "ok": "true"},
    ]


def test_json_lines_that_are_no_object_are_malformed(source: Open) -> None:
    (found,) = source("t.jsonl", '{"a": 1}\n{"a": \n[2]\n{"a": 3}\n').chunks()
    assert [(row.line, row.reason) for row in found.malformed] == [
        (2, "not_a_json_object"),
        (3, "not_a_json_object"),
    ]
    assert found.lines.tolist() == [1, 4]


def test_one_json_list_is_refused_with_what_to_do(source: Open) -> None:
    with pytest.raises(InvalidInputError, match="one object a line"):
        source("t.jsonl", '[{"a": 1}]').schema()


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_rows_of_a_text_file_are_estimated_from_its_size(source: Open, ending: str) -> None:
    text = "a,b\n" + "".join(f"{number:05},67890\n" for number in range(90_000))
    content = gzip.compress(text.encode()) if ending else text.encode()
    assert source(f"t.csv{ending}", content).estimated_rows() == pytest.approx(90_000, rel=0.2)
    assert source("empty.csv", "").estimated_rows() == 0


def test_a_broken_gzip_file_is_told(source: Open) -> None:
    packed = gzip.compress(b"a,b\n" * 10_000)
    with pytest.raises(InvalidInputError, match="cannot be read as csv"):
        rows(source("t.csv.gz", packed[: len(packed) // 2]))
