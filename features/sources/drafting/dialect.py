"""How a file is written, told from the file alone, as the keys of a mapping that say so."""

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from core.errors import InvalidInputError
from features.sources.drafting.vocabulary import fields_of
from features.sources.file_spec import Files
from features.sources.readers.encoding import beginning, encoding_of
from features.sources.readers.files import format_of
from features.sources.values.time_guess import formats_that_read

_LINES = 200
_DELIMITERS = ("::", "\t", "|", ";", ",")
_SAME_WIDTH = 0.9
_NUMBER = re.compile(r"[-+]?[¥$€]?\d[\d,. ]*%?")
_SUFFIX_OF = MappingProxyType({",": "csv", "\t": "tsv"})


@dataclass(frozen=True)
class Dialect:
    """The keys beside `files` that a file needs, and whether its first row names the columns."""

    keys: MappingProxyType[str, Any]
    has_header: bool = True

    def files(self, path: Path) -> Files:
        """The file as a part of a mapping names it; columns without a name are called by their number."""
        header = {} if self.has_header else {"header": ["none"]}
        return Files.model_validate({"files": [str(path)], **self.keys, **header})


def dialect_of(path: Path) -> Dialect:
    """How a file is written.

    Raises:
        InvalidInputError: It is text whose encoding nobody can tell.
        OSError: It cannot be read.
    """
    by_suffix = _format_by_suffix(path)
    if by_suffix in {"parquet", "excel"}:
        return Dialect(MappingProxyType({}))
    encoding = encoding_of(path, None)
    text = beginning(path)[0].decode(encoding.name, "replace").removeprefix("\ufeff")
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line.strip()][:_LINES]
    keys = _shape(lines, by_suffix)
    if encoding.name not in {"utf-8", "utf-16", "utf-32"}:  # the latter two are told by their mark
        keys["encoding"] = encoding.name
    has_header = keys.get("format", by_suffix) == "jsonl" or _has_header(_cells(lines, keys, by_suffix))
    return Dialect(MappingProxyType(keys), has_header)


def _format_by_suffix(path: Path) -> str | None:
    try:
        return format_of(path, Files(files=(str(path),)), "files")
    except InvalidInputError:
        return None


def _shape(lines: list[str], by_suffix: str | None) -> dict[str, Any]:
    """Format and delimiter, as far as the suffix does not tell them."""
    if _is_json(lines):
        return {} if by_suffix == "jsonl" else {"format": "jsonl"}
    delimiter = delimiter_of(lines)
    if delimiter == " ":
        return {"format": "whitespace"}
    if _SUFFIX_OF.get(delimiter) is not None:
        told = _SUFFIX_OF[delimiter]
        return {} if by_suffix == told else {"format": told}
    return {"delimiter": delimiter}


def _is_json(lines: list[str]) -> bool:
    try:
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines[:3])
    except json.JSONDecodeError:
        return False


def delimiter_of(lines: list[str]) -> str:
    """What parts the cells: the delimiter that gives nearly every line the same number of cells, and most cells.

    >>> delimiter_of(["1::1193::5::978300760", "1::661::3::978302109"])
    '::'
    >>> delimiter_of(["00004 19970101  1  29.33", "00004 19970118  2  29.73"])
    ' '
    """
    found: list[tuple[int, str]] = []
    for delimiter in (*_DELIMITERS, " "):
        widths = Counter(len(row) for row in _split(lines, delimiter))
        width, count = max(widths.items(), key=lambda pair: pair[1], default=(0, 0))
        if width > 1 and count >= _SAME_WIDTH * len(lines):
            found.append((width, delimiter))
    if not found:
        return ","
    proper = [pair for pair in found if pair[1] != " "]  # a date and its time of day are parted by a blank
    return max(proper or found, key=lambda pair: pair[0])[1]


def _split(lines: list[str], delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        return [line.split() for line in lines]
    if len(delimiter) > 1:
        return [line.split(delimiter) for line in lines]
    return [row for row in csv.reader(lines, delimiter=delimiter) if row]


def _cells(lines: list[str], keys: dict[str, Any], by_suffix: str | None) -> list[list[str]]:
    told = keys.get("format") or by_suffix
    delimiter = keys.get("delimiter") or {"whitespace": " ", "tsv": "\t"}.get(str(told), ",")
    return _split(lines, delimiter)


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: no cell of it is a number or a date, and it looks unlike the rest."""
    if not rows or any(_is_value(cell) for cell in rows[0]):
        return False
    if any(fields_of(cell) for cell in rows[0]):
        return True
    below = [dict.fromkeys(column) for column in zip(*rows[1:], strict=False)]
    numeric = any(column and all(map(_is_value, column)) for column in below)
    return numeric or not any(cell in column for cell, column in zip(rows[0], below, strict=False))


def _is_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.strip())) or bool(formats_that_read(pa.array([cell])))
