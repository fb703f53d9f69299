from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.sources import tables
from features.sources.tables import SourceFile


def test_parquet_comes_in_chunks_with_running_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_ROWS", 10)
    pq.write_table(pa.table({"n": range(25)}), tmp_path / "n.parquet")
    chunks = list(SourceFile(tmp_path / "n.parquet", "parquet").chunks())
    assert [chunk.columns.num_rows for chunk in chunks] == [10, 10, 5]
    assert np.concatenate([chunk.lines for chunk in chunks]).tolist() == list(range(1, 26))


def test_csv_cells_are_text_as_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,note\n007,"a, ""b"""\n1e5,\n')
    rows = [
        row for chunk in SourceFile(tmp_path / "t.csv", "csv").chunks() for row in chunk.columns.to_pylist()
    ]
    assert rows == [{"id": "007", "note": 'a, "b"'}, {"id": "1e5", "note": None}]


def test_csv_of_malformed_rows_alone_keeps_them_all(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1\n2\n3,4,5\n")
    chunks = list(SourceFile(tmp_path / "t.csv", "csv").chunks())
    assert [row.line for chunk in chunks for row in chunk.malformed] == [1, 2, 3]


def test_rows_of_a_csv_file_are_estimated_from_its_size(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "12345,67890\n" * 50_000)
    assert SourceFile(tmp_path / "t.csv", "csv").estimated_rows() == pytest.approx(50_000, rel=0.01)
    (tmp_path / "empty.csv").touch()
    assert SourceFile(tmp_path / "empty.csv", "csv").estimated_rows() == 0
