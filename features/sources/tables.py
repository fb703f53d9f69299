"""CSV and Parquet files as chunks of rows, in bounded memory, with the number of every row."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.errors import InvalidInputError
from features.sources.files import find_files, format_of
from features.sources.mapping import Files

CHUNK_ROWS = 131_072
CHUNK_BYTES = 16 << 20
_SAMPLE_BYTES = 1 << 16


@dataclass(frozen=True)
class MalformedRow:
    """A row of a CSV file that has too few or too many cells."""

    line: int
    detail: str
    content: str


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file: one batch of columns as the file has them, and each row's number from 1."""

    columns: pa.RecordBatch
    lines: NDArray[np.int64]
    malformed: tuple[MalformedRow, ...] = ()


@dataclass(frozen=True)
class SourceFile:
    """One file of a table, and how to read it."""

    path: Path
    format: str
    missing_values: tuple[str, ...] = ("",)

    def schema(self) -> pa.Schema:
        """The columns; those of a CSV file are all text.

        Raises:
            InvalidInputError: The file is not what its format says.
        """
        with _readable(self.path, self.format):
            if self.format == "parquet":
                return _plain_types(pq.read_schema(self.path))
            return pa.schema([pa.field(name, pa.string()) for name in self._header()])

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about a hundred thousand at a time.

        Raises:
            InvalidInputError: The file is not what its format says.
        """
        with _readable(self.path, self.format):
            yield from self._parquet() if self.format == "parquet" else self._csv()

    def estimated_rows(self) -> int:
        """How many rows: exact for Parquet; for CSV from its size and the length of its first lines."""
        with _readable(self.path, self.format):
            if self.format == "parquet":
                return int(pq.read_metadata(self.path).num_rows)
            with self.path.open("rb") as file:
                sample = file.read(_SAMPLE_BYTES)
        lines = max(sample.count(b"\n"), 1)
        return max(round(self.path.stat().st_size * lines / max(len(sample), 1)) - 1, 0)

    def _parquet(self) -> Iterator[Chunk]:
        start = 1
        with pq.ParquetFile(self.path) as file:
            schema = _plain_types(file.schema_arrow)
            for encoded in file.iter_batches(batch_size=CHUNK_ROWS, use_threads=False):
                batch = encoded if encoded.schema == schema else encoded.cast(schema)
                yield Chunk(batch, np.arange(start, start + batch.num_rows, dtype=np.int64))
                start += batch.num_rows

    def _header(self) -> list[str]:
        with self._open() as file:
            return next(csv.reader(file), [])

    def _open(self) -> TextIO:
        return self.path.open(encoding="utf-8-sig", newline="")

    def _csv(self) -> Iterator[Chunk]:
        names = self._header()
        if not names:
            return
        rows = _CsvRows()
        reader = pa_csv.open_csv(
            self.path,
            # One thread, because only then does the handler learn the numbers of the rows.
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=CHUNK_BYTES),
            parse_options=pa_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=rows.malformed_row
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=list(self.missing_values),
            ),
        )
        with reader:
            for batch in reader:
                yield rows.chunk(batch)
            yield rows.last(reader.schema)


@dataclass
class _CsvRows:
    """Numbers the rows of a CSV file, of which the reader leaves out the malformed ones."""

    next_line: int = 1
    waiting: list[MalformedRow] = field(default_factory=list)

    def malformed_row(self, row: pa_csv.InvalidRow) -> Literal["skip"]:
        """Keep the row aside and go on."""
        # The reader counts the header as row 1.
        line = (row.number or 1) - 1
        detail = f"{row.actual_columns} / {row.expected_columns}"
        self.waiting.append(MalformedRow(line, detail, row.text))
        return "skip"

    def chunk(self, batch: pa.RecordBatch) -> Chunk:
        """The batch with its row numbers, and the malformed rows before its last row."""
        wrong = [row.line for row in self.waiting]
        candidates = np.arange(self.next_line, self.next_line + batch.num_rows + len(wrong), dtype=np.int64)
        lines = candidates[~np.isin(candidates, wrong)][: batch.num_rows]
        if batch.num_rows:
            self.next_line = int(lines[-1]) + 1
        malformed = tuple(row for row in self.waiting if row.line < self.next_line)
        self.waiting = [row for row in self.waiting if row.line >= self.next_line]
        return Chunk(batch, lines, malformed)

    def last(self, schema: pa.Schema) -> Chunk:
        """No rows, and the malformed rows at the end of the file."""
        nothing = pa.RecordBatch.from_pylist([], schema=schema)
        return Chunk(nothing, np.empty(0, dtype=np.int64), tuple(self.waiting))


def _plain_types(schema: pa.Schema) -> pa.Schema:
    """The schema with dictionary-encoded columns, such as pandas' categories, as what they hold."""
    fields = [
        field.with_type(field.type.value_type) if isinstance(field.type, pa.DictionaryType) else field
        for field in schema
    ]
    return pa.schema(fields)


def open_files(files: Files, where: str) -> tuple[SourceFile, ...]:
    """The files that a part of the mapping names.

    Raises:
        InvalidInputError: One of them is not there; `where` is the mapping's key for them.
    """
    return tuple(
        SourceFile(path, format_of(path, files.format, where), files.missing_values)
        for path in find_files(files.files, where)
    )


@contextmanager
def _readable(path: Path, format_: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error, OSError) as error:
        if isinstance(error, UnicodeDecodeError) or "invalid UTF8" in str(error):
            raise InvalidInputError("{file} is not UTF-8 text; save it as CSV in UTF-8", file=path) from None
        problem = " ".join(str(error).split())
        raise InvalidInputError(
            "{file} cannot be read as {format}: {problem}", file=path, format=format_, problem=problem
        ) from None
