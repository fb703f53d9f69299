"""Rows that break the contract: which, why, and what they said."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from core.language import Text
from features.contract import ID_LIMIT, Reject
from features.sources.arrow import Values, pc
from features.sources.readers.chunk import Chunk
from features.sources.readers.encoding import UNDECODABLE
from features.sources.values.convert import Mask

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "wrong_cell_count": Text("The row has too few or too many cells"),
        "not_a_json_object": Text("The line is not a JSON object"),
        "missing_customer": Text("The customer is missing"),
        "missing_item": Text("The item's id is missing"),
        "missing_timestamp": Text("The time is missing"),
        "missing_type": Text("The type of event is missing"),
        "bad_timestamp": Text(
            "The time is not in the declared format (ISO 8601 if none is), or lies outside of 1900 to 2199"
        ),
        "bad_number": Text("Not a finite number, or too large"),
        "unknown_value": Text("The mapping does not say what this value means"),
        "after_the_clock": Text("The time lies after the clock"),
        "unregistered_type": Text("The type of event is not registered"),
        "bad_flag": Text("A flag is neither yes nor no: expected 1 or 0, true or false, yes or no"),
        "unknown_level": Text("The attribute has no such level; the customer's other facts are kept"),
        "text_too_long": Text("A text is too long"),
        "bad_character": Text("A text holds a NUL character"),
        "undecodable": Text("A text holds bytes that are no letters in the file's encoding"),
    }
)

_SHOWN = 200
_KEPT = 1_000


@dataclass(frozen=True)
class Place:
    """Where rows come from: a chunk of a file of a source; `rows` are its columns with any joined ones."""

    source: str
    file: str
    chunk: Chunk
    rows: pa.RecordBatch


class RowProblems:
    """Collects what is wrong with the rows of one chunk; the first reason found for a row is its reason."""

    def __init__(self, size: int) -> None:
        self._found: list[tuple[str, tuple[str, ...]]] = []
        self._which = np.full(size, -1, dtype=np.int16)
        self.skipped: Mask = np.zeros(size, dtype=np.bool_)

    @property
    def ok(self) -> Mask:
        """The rows without a problem that are not skipped."""
        return (self._which < 0) & ~self.skipped

    def skip(self, unwanted: Mask) -> None:
        """The mapping does not want these rows, whatever else they hold."""
        self.skipped |= unwanted

    def flag(self, bad: Mask, reason: str, columns: tuple[str, ...]) -> None:
        """These rows break the contract because of what those source columns hold."""
        if bad.any():
            self._which[bad & (self._which < 0)] = len(self._found)
            self._found.append((reason, columns))

    def flag_text(self, values: Values, columns: tuple[str, ...], limit: int = ID_LIMIT) -> None:
        """Flag texts longer than the limit, texts with NUL, which PostgreSQL cannot hold, and what is no text."""
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        if longest > limit:
            self.flag(_true(pc.greater(pc.utf8_length(values), limit)), "text_too_long", columns)
        self.flag(_true(pc.match_substring(values, "\0")), "bad_character", columns)
        self.flag(_true(pc.match_substring(values, UNDECODABLE)), "undecodable", columns)

    def rejects(self, place: Place, among: Mask | None = None) -> list[Reject]:
        """One entry for each row flagged, or for those of them that are in a mask."""
        wrong = (self._which >= 0) & ~self.skipped
        indices = np.flatnonzero(wrong if among is None else wrong & among)
        contents = place.chunk.columns.take(indices).to_pylist()
        return [self._reject(place, int(index), row) for index, row in zip(indices, contents, strict=True)]

    def _reject(self, place: Place, index: int, row: Mapping[str, Any]) -> Reject:
        reason, columns = self._found[self._which[index]]
        detail = detail_of({name: place.rows.column(name)[index].as_py() for name in columns})
        line = int(place.chunk.lines[index])
        return Reject(place.source, place.file, line, reason, detail, content_of(row))


def malformed_rejects(place: Place) -> list[Reject]:
    """One entry for each row of the chunk that has no cells to read."""
    return [
        Reject(place.source, place.file, row.line, row.reason, row.detail, content_of({"": row.content}))
        for row in place.chunk.malformed
    ]


def detail_of(cells: Mapping[str, Any]) -> str:
    """The cells that are to blame, as `column=value`; nothing stands for an empty one.

    >>> detail_of({"when": "1/7/17", "amount": None})
    "when='1/7/17', amount="
    """
    shown = {name: "" if cell is None else repr(str(_plain(cell))[:_SHOWN]) for name, cell in cells.items()}
    return ", ".join(f"{name}={cell}" for name, cell in shown.items())


def content_of(row: Mapping[str, Any]) -> str:
    """The row as JSON; very long values are cut.

    >>> content_of({"客户": "c-1", "amount": float("nan")})
    '{"客户": "c-1", "amount": "nan"}'
    """
    return json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = str(value)
    return text if len(text) <= _KEPT else text[:_KEPT] + "…"


def _true(mask: Values) -> Mask:
    return np.asarray(mask.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)  # noqa: FBT003
