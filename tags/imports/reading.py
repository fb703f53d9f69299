"""The rows of a file of tags, some thousands at a time, whatever its format and layout."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from core.clock import from_us
from core.errors import InvalidInputError
from features.contract import TEXT_LIMIT
from features.sources.arrow import pc
from features.sources.drafting.dialect import dialect_of
from features.sources.readers.chunk import Chunk
from features.sources.readers.tables import SourceFile, open_files
from features.sources.values.amounts import to_numbers
from features.sources.values.convert import to_id
from features.sources.values.instants import Zones, to_instants
from tags.imports.naming import Naming
from tags.imports.rows import Row
from tags.imports.shape import Shape, completed

WORDS_AT_ONCE = 5_000  # so many are written in one transaction; events that come meanwhile wait for its end
CHARACTERS_SHOWN = 60


@dataclass(frozen=True)
class Opened:
    """A file to import: how it is read, and its layout, complete."""

    source: SourceFile
    shape: Shape

    def batches(self, zone: ZoneInfo, *, after: int = 0) -> Iterator[list[Row]]:
        """The rows behind that line, in the order of lines; no line is in two batches.

        Raises:
            InvalidInputError: The file is not what its format says.
        """
        width = max(len(self.shape.tags), 1)
        for chunk in self.source.chunks():
            for part in _parts(chunk, max(WORDS_AT_ONCE // width, 1), after):
                yield _rows(part, self.shape, zone)


@contextmanager
def opened(path: Path, shape: Shape, naming: Naming) -> Iterator[Opened]:
    """The file, open; formats are told by its suffix and content as far as the shape does not say them.

    Raises:
        InvalidInputError: It is not there or cannot be read, or its columns do not fit the shape.
    """
    if not path.is_file():
        raise InvalidInputError("{file}: there is no such file", file=path)
    with TemporaryDirectory(prefix="tagloop-import-") as folder:
        lines = _as_lines(path, Path(folder))
        told = dialect_of(lines).files(lines)
        said = {
            name: getattr(shape, name) for name in shape.model_fields_set if name in type(told).model_fields
        }
        files = told.model_copy(update={**said, "files": (str(lines),)})
        (source,) = open_files(files, "files")
        yield Opened(source, completed(shape, source.schema().names, naming))


def _as_lines(path: Path, folder: Path) -> Path:
    """The file, or where it is one JSON list the same with one object a line."""
    if path.suffix.lower() != ".json":
        return path
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        found = None  # lines of JSON under another suffix; what is wrong with them is told line by line
    content = found if isinstance(found, list) else [found] if isinstance(found, dict) else None
    lines = folder / f"{path.stem}.jsonl"
    if content is None:
        lines.write_bytes(path.read_bytes())
    else:
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in content)
        lines.write_text(text, encoding="utf-8")
    return lines


def _parts(chunk: Chunk, size: int, after: int) -> Iterator[Chunk]:
    """The chunk in pieces of so many rows, with its malformed rows where they stand."""
    begin = int(np.searchsorted(chunk.lines, after, side="right"))
    malformed = [row for row in chunk.malformed if row.line > after]
    for start in range(begin, max(len(chunk.lines), begin + 1), size):
        lines = chunk.lines[start : start + size]
        is_last = start + size >= len(chunk.lines)
        end = None if is_last else int(lines[-1])
        own = tuple(row for row in malformed if end is None or row.line <= end)
        malformed = malformed[len(own) :]
        if len(lines) or own:
            yield Chunk(chunk.columns.slice(start, size), lines, own)


def _rows(chunk: Chunk, shape: Shape, zone: ZoneInfo) -> list[Row]:
    rows = _wide(chunk, shape, zone) if shape.tags else _long(chunk, shape, zone)
    broken = [Row(row.line, None, None, wrong=("unreadable", row.detail)) for row in chunk.malformed]
    return sorted([*rows, *broken], key=lambda row: row.line) if broken or shape.tags else rows


def _long(chunk: Chunk, shape: Shape, zone: ZoneInfo) -> list[Row]:
    columns = chunk.columns
    tags = _texts(columns, shape.tag) if shape.tag else [shape.always] * columns.num_rows
    cells = _texts(columns, shape.value)
    rows = _with_rest(chunk, shape, zone, tags, cells)
    if shape.split is None:
        return rows
    return [
        row._replace(tag=name.strip())
        for row in rows
        for name in (row.tag or "").split(shape.split)
        if name.strip() or not row.tag
    ]


def _wide(chunk: Chunk, shape: Shape, zone: ZoneInfo) -> list[Row]:
    """A row for each cell that is not empty."""
    found: list[Row] = []
    for column, tag in shape.tags.items():
        cells = _texts(chunk.columns, column)
        rows = _with_rest(chunk, shape, zone, [tag] * len(cells), cells)
        found += [row for row in rows if row.cell is not None]
    return found


def _with_rest(
    chunk: Chunk, shape: Shape, zone: ZoneInfo, tags: Sequence[str | None], cells: Sequence[str | None]
) -> list[Row]:
    customers = _texts(chunk.columns, shape.customer)
    sure, bad_sure = _confidences(chunk.columns, shape)
    until, bad_until = _instants(chunk.columns, shape, zone)
    lines = chunk.lines.tolist()
    rows = list(map(Row, lines, customers, tags, cells, sure, until))
    for bad, reason, column in (
        (bad_sure, "bad_number", shape.confidence),
        (bad_until, "bad_until", shape.until),
    ):
        for place in np.flatnonzero(bad).tolist():
            cell = chunk.columns.column(column or "")[place].as_py()
            rows[place] = rows[place]._replace(wrong=(reason, repr(str(cell)[:CHARACTERS_SHOWN])))
    return rows


def _texts(columns: pa.RecordBatch, name: str | None) -> list[str | None]:
    if name is None:
        return [None] * columns.num_rows
    values = columns.column(name)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.string())
    texts = to_id(values)
    if (pc.max(pc.utf8_length(texts)).as_py() or 0) > TEXT_LIMIT:
        texts = pc.utf8_slice_codeunits(texts, 0, TEXT_LIMIT)  # whatever it is, it is too long to be right
    found: list[str | None] = texts.to_pylist()
    return found


def _confidences(columns: pa.RecordBatch, shape: Shape) -> tuple[list[float | None], Any]:
    nothing = np.zeros(columns.num_rows, dtype=bool)
    if shape.confidence is None:
        return [None] * columns.num_rows, nothing
    found = to_numbers(columns.column(shape.confidence), shape.decimal)
    return [None if np.isnan(value) else value for value in found.values.tolist()], found.bad


def _instants(columns: pa.RecordBatch, shape: Shape, zone: ZoneInfo) -> tuple[list[datetime | None], Any]:
    nothing = np.zeros(columns.num_rows, dtype=bool)
    if shape.until is None:
        return [None] * columns.num_rows, nothing
    found = to_instants(columns.column(shape.until), Zones(zone, zone))
    instants = [
        None if is_missing or is_bad else from_us(us)
        for us, is_missing, is_bad in zip(
            found.us.tolist(), found.missing.tolist(), found.bad.tolist(), strict=True
        )
    ]
    return instants, found.bad
