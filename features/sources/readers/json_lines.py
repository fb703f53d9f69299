"""JSON lines: one object a line; keys inside keys are columns with a dotted name, and cells are text as written."""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from core.errors import InvalidInputError
from features.sources.file_spec import Files
from features.sources.readers import chunk as chunk_sizes
from features.sources.readers.chunk import Chunk, MalformedRow
from features.sources.readers.encoding import Encoding, beginning, encoding_of
from features.sources.readers.text_stream import lines_of, text_blocks

Row = dict[str, str | None]


class JsonLines:
    """One file of JSON objects, one a line; a blank line is none."""

    def __init__(self, path: Path, _format: str, files: Files) -> None:
        self.path = path
        self.files = files
        self.encoding: Encoding = encoding_of(path, files.encoding)

    def schema(self) -> pa.Schema:
        """Every key that a line of the file has, in the order of appearance.

        Raises:
            InvalidInputError: The file is one JSON list, or no line is an object.
        """
        stat = self.path.stat()
        names = _keys(self.path, self.encoding, self.files.skip_rows, (stat.st_size, stat.st_mtime_ns))
        return pa.schema([pa.field(name, pa.string()) for name in names])

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about a hundred thousand at a time."""
        schema, empty = self.schema(), set(self.files.missing_values)
        lines = enumerate(self._lines(), start=1)
        while some := list(islice(lines, chunk_sizes.CHUNK_ROWS)):
            yield _chunk([(number, line) for number, line in some if line.strip()], schema, empty)

    def estimated_rows(self) -> int:
        """How many rows, from the file's size and the length of its first lines."""
        sample, times = beginning(self.path)
        return round(times * max(sample.count(b"\n"), 1))

    def _lines(self) -> Iterator[bytes]:
        return lines_of(text_blocks(self.path, self.encoding, skip_rows=self.files.skip_rows))


@lru_cache(maxsize=64)
def _keys(path: Path, encoding: Encoding, skip_rows: int, _version: tuple[int, int]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    shapes: set[tuple[str, ...]] = set()
    for line in lines_of(text_blocks(path, encoding, skip_rows=skip_rows)):
        row = parsed(line)
        if row is not None and (shape := tuple(row)) not in shapes:
            shapes.add(shape)
            names.update(dict.fromkeys(row))
        if row is None and not names and line.lstrip().startswith(b"["):
            raise InvalidInputError(
                "{file} is one JSON list; write one object a line, for example with: jq -c '.[]' {file}",
                file=path.name,
            )
    return tuple(names)


def parsed(line: bytes) -> Row | None:
    r"""The cells of one line; None where it holds no JSON object.

    >>> parsed(b'{"id": 7, "shop": {"city": "\\u5317"}, "tags": ["a"], "paid": 1.50, "gone": null}')
    {'id': '7', 'shop.city': '北', 'tags': '["a"]', 'paid': '1.50', 'gone': None}
    """
    try:
        found = json.loads(line, parse_float=_plain, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return dict(_cells(found, "")) if isinstance(found, dict) else None


def _cells(value: dict[str, Any], above: str) -> Iterator[tuple[str, str | None]]:
    for key, cell in value.items():
        name = f"{above}{key}"
        if isinstance(cell, dict):
            yield from _cells(cell, f"{name}.")
        elif isinstance(cell, list):
            yield name, json.dumps(cell, ensure_ascii=False)
        elif isinstance(cell, bool):
            yield name, "true" if cell else "false"
        else:
            yield name, cell


def _plain(number: str) -> str:
    """A number without an exponent, as it would be written by hand."""
    return format(Decimal(number), "f") if "e" in number.lower() else number


def _chunk(lines: list[tuple[int, bytes]], schema: pa.Schema, empty: set[str]) -> Chunk:
    numbers, rows, malformed = [], [], []
    for number, line in lines:
        row = parsed(line)
        if row is None:
            text = line.decode("utf-8", "replace")
            malformed.append(MalformedRow(number, text[:80], text, "not_a_json_object"))
        else:
            numbers.append(number)
            rows.append(row)
    columns = [_column([row.get(name) for row in rows], empty) for name in schema.names]
    batch = pa.RecordBatch.from_arrays(columns, schema=schema)
    return Chunk(batch, np.array(numbers, dtype=np.int64), tuple(malformed))


def _column(cells: list[str | None], empty: set[str]) -> "pa.Array[Any]":
    return pa.array([None if cell in empty else cell for cell in cells], pa.string())
