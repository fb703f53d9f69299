"""Text files whose cells are parted by a delimiter or by blanks, streamed; every cell is text."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from core.errors import InvalidInputError
from features.sources.file_spec import Files
from features.sources.readers import chunk as chunk_sizes
from features.sources.readers.chunk import Chunk, MalformedRow
from features.sources.readers.encoding import Encoding, beginning, encoding_of, is_packed
from features.sources.readers.text_stream import UNIT_SEPARATOR, BlockStream, text_blocks

_DELIMITERS = {"csv": ",", "tsv": "\t", "whitespace": " "}


class Delimited:
    """One delimited file.

    Raises:
        InvalidInputError: Its encoding cannot be told, or the mapping names another number of columns.
    """

    def __init__(self, path: Path, format_: str, files: Files) -> None:
        self.path = path
        self.files = files
        self.delimiter = files.delimiter or _DELIMITERS[format_]
        is_plain = self.delimiter == " " or len(self.delimiter.encode()) > 1
        quote = files.quote or ("none" if is_plain else '"')
        self.quote: str | Literal[False] = False if quote == "none" else quote
        self.encoding: Encoding = encoding_of(path, files.encoding)

    def schema(self) -> pa.Schema:
        """The columns: the file's own names, the mapping's, or numbers."""
        return pa.schema([pa.field(name, pa.string()) for name in self._names(self._first_row())])

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about 16 MB at a time."""
        first = self._first_row()
        names = self._names(first)
        if not first:
            return
        rows = _Rows(headers=0 if self.files.header else 1, delimiter=self.delimiter)
        with self._open(names, rows) as reader:
            for batch in reader:
                yield rows.chunk(batch)
            yield rows.last(reader.schema)

    def estimated_rows(self) -> int:
        """How many rows, from the file's size and the length of its first lines."""
        sample, times = beginning(self.path)
        lines = max(sample.decode(self.encoding.name, "ignore").count("\n"), 1)
        above = self.files.skip_rows + (0 if self.files.header else 1)
        return max(round(times * lines) - above, 0)

    def _names(self, first: list[str]) -> list[str]:
        header = self.files.header
        if not header:
            return first
        if header == ("none",):
            return [str(number) for number in range(1, len(first) + 1)]
        if first and len(first) != len(header):
            raise InvalidInputError(
                "{file}: header names {named} columns, but the first row has {found} cells: {row}",
                file=self.path.name,
                named=len(header),
                found=len(first),
                row=" | ".join(first)[:200],
            )
        return list(header)

    def _first_row(self) -> list[str]:
        lines = io.TextIOWrapper(io.BufferedReader(self._stream()), encoding="utf-8", newline="")
        if self.quote:
            reader = csv.reader(lines, delimiter=self._separator, quotechar=self.quote)
        else:
            reader = csv.reader(lines, delimiter=self._separator, quoting=csv.QUOTE_NONE)
        return next((row for row in reader if row), [])

    @property
    def _separator(self) -> str:
        """What parts the cells once the text is UTF-8."""
        if self.delimiter == " ":
            return "\t"
        return self.delimiter if len(self.delimiter.encode()) == 1 else UNIT_SEPARATOR

    def _stream(self) -> BlockStream:
        skipped = self.files.skip_rows
        return BlockStream(text_blocks(self.path, self.encoding, skip_rows=skipped, delimiter=self.delimiter))

    def _open(self, names: list[str], rows: "_Rows") -> Any:
        is_as_it_is = (
            self.encoding.is_plain and self._separator == self.delimiter and not self.files.skip_rows
        )
        source: Any = self.path if is_as_it_is and not is_packed(self.path) else self._stream()
        return pa_csv.open_csv(
            source,
            # One thread, because only then does the handler learn the numbers of the rows.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                block_size=chunk_sizes.CHUNK_BYTES,
                column_names=names if self.files.header else None,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._separator,
                quote_char=self.quote,
                newlines_in_values=bool(self.quote),
                invalid_row_handler=rows.malformed_row,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=list(self.files.missing_values),
            ),
        )


@dataclass
class _Rows:
    """Numbers the rows of a file, of which the reader leaves out the malformed ones."""

    headers: int
    delimiter: str
    next_line: int = 1
    waiting: list[MalformedRow] = field(default_factory=list)

    def malformed_row(self, row: pa_csv.InvalidRow) -> Literal["skip"]:
        """Keep the row aside and go on."""
        # The reader counts a header as row 1.
        line = (row.number or 1) - self.headers
        detail = f"{row.actual_columns} / {row.expected_columns}"
        self.waiting.append(MalformedRow(line, detail, row.text.replace(UNIT_SEPARATOR, self.delimiter)))
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
