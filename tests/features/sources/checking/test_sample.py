import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.sources.checking.sample import FILES, PARQUET_ROWS, SLICES, sample_files
from features.sources.file_spec import Files
from features.sources.readers.tables import SourceFile

ROWS = 40_000
BUDGET = 1 << 16


def _source(path: Path, format_: str) -> SourceFile:
    return SourceFile(path, format_, Files(files=(str(path),)))


def _lines(path: Path, *, header: str = "day,amount") -> Path:
    text = "".join(f"{number:06},{number * 7}\n" for number in range(ROWS))
    path.write_text(f"{header}\n{text}", encoding="utf-8")
    return path


def _days(path: Path) -> list[str]:
    (file,) = (_source(path, "csv"),)
    return [str(day) for chunk in file.chunks() for day in chunk.columns.column("day").to_pylist()]


def test_small_file_stands_for_itself(tmp_path: Path) -> None:
    file = _lines(tmp_path / "sales.csv")
    (sample,) = sample_files((_source(file, "csv"),), tmp_path / "sample")
    assert (sample.path, sample.is_whole) == (file, True)
    assert not (tmp_path / "sample").exists()


def test_large_file_gives_its_beginning_and_whole_lines_from_all_over_it(tmp_path: Path) -> None:
    file = _lines(tmp_path / "sales.csv")
    (sample,) = sample_files((_source(file, "csv"),), tmp_path / "sample", limit=BUDGET)
    days = _days(sample.path)
    assert sample.path.name == file.name
    assert sample.path.stat().st_size <= BUDGET
    assert days[: sample.exact_rows] == [f"{number:06}" for number in range(sample.exact_rows)]
    assert set(days) <= set(_days(file))
    assert len({int(day) * SLICES // ROWS for day in days}) == SLICES


def test_beginning_alone_is_read_where_cells_hold_line_breaks(tmp_path: Path) -> None:
    file = _lines(tmp_path / "sales.csv")
    file.write_text('day,amount\n"a\nb",1\n' + file.read_text(encoding="utf-8")[11:], encoding="utf-8")
    (sample,) = sample_files((_source(file, "csv"),), tmp_path / "sample", limit=BUDGET)
    days = _days(sample.path)
    assert days == _days(file)[: len(days)]
    assert sample.exact_rows >= len(days) > 1_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "gb18030"])
def test_no_character_is_cut_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "sales.csv"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = mark + "日期,商品\n" + "".join(f"{number:05},上海茶叶Ā\n" for number in range(ROWS))
    file.write_bytes(text.encode(encoding))
    (sample,) = sample_files((_source(file, "csv"),), tmp_path / "sample", limit=BUDGET)
    lines = sample.path.read_bytes().decode(encoding).splitlines()
    assert len(lines) > 500
    assert set(lines) <= set(text.splitlines())


def test_compressed_file_gives_its_beginning(tmp_path: Path) -> None:
    plain = _lines(tmp_path / "sales.csv")
    file = tmp_path / "sales.csv.gz"
    file.write_bytes(gzip.compress(plain.read_bytes()))
    (sample,) = sample_files((_source(file, "csv"),), tmp_path / "sample", limit=BUDGET)
    read = gzip.decompress(sample.path.read_bytes())
    assert not sample.is_whole
    assert plain.read_bytes().startswith(read)
    assert read.endswith(b"\n")


def test_large_parquet_file_gives_rows_of_groups_from_all_over_it(tmp_path: Path) -> None:
    file, rows = tmp_path / "sales.parquet", PARQUET_ROWS * 2
    pq.write_table(pa.table({"n": range(rows)}), file, row_group_size=rows // 40)
    (sample,) = sample_files((_source(file, "parquet"),), tmp_path / "sample")
    found = pq.read_table(sample.path).column("n").to_pylist()
    assert not sample.is_whole
    assert len(found) <= PARQUET_ROWS
    assert len({int(n or 0) * SLICES // rows for n in found}) == SLICES


def test_some_of_very_many_files_are_looked_at(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:03}.csv" for number in range(50)]
    for file in files:
        file.write_text("day,amount\n000001,2\n", encoding="utf-8")
    samples = sample_files(tuple(_source(file, "csv") for file in files), tmp_path / "sample")
    assert len(samples) == FILES
    assert {samples[0].original, samples[-1].original} == {files[0], files[-1]}
