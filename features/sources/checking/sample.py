"""A part of a table's files as files of their own, so that a look at ten gigabytes takes seconds."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from features.sources.readers.encoding import is_packed
from features.sources.readers.tables import SourceFile

WHOLE_BYTES = 8 << 20  # of one table's files together; below it they are read whole
FILES = 12  # of one table, spread over its files
SLICES = 12  # of one file, spread over what follows its head
PARQUET_ROWS = 200_000
_HEAD_SHARE = 2  # half of the bytes are the file's beginning
_ALL = 1 << 62

Value = TypeVar("Value")


@dataclass(frozen=True)
class Sample:
    """Some rows of a file in a file of the same name; up to `exact_rows` they have the file's own numbers."""

    original: Path
    path: Path
    is_whole: bool
    exact_rows: int

    def estimated_rows(self, sampled: int) -> int:
        """About how many rows the whole file has, if the sample has so many."""
        return round(sampled * self.original.stat().st_size / max(self.path.stat().st_size, 1))


def sample_files(files: tuple[SourceFile, ...], folder: Path, *, limit: int = WHOLE_BYTES) -> list[Sample]:
    """Samples of the files, or of some of very many; small files stand for themselves.

    The beginning of a text file and slices from all over it (only the beginning where it is compressed, where
    cells hold line breaks, and in UTF-16), the first rows of row groups from all over a Parquet file. A workbook
    is read whole, since nothing can read it in part.
    """
    chosen = spread(files, FILES)
    budget = limit // max(len(chosen), 1)
    return [_sample(file, folder / str(place), budget) for place, file in enumerate(chosen)]


def spread(values: Sequence[Value], count: int) -> list[Value]:
    """Up to `count` of the values, the first and the last among them.

    >>> spread([1, 2, 3, 4, 5, 6, 7], 3)
    [1, 4, 7]
    """
    if len(values) <= count:
        return list(values)
    return [values[round(place * (len(values) - 1) / (count - 1))] for place in range(count)]


def _sample(file: SourceFile, folder: Path, budget: int) -> Sample:
    target = folder / file.path.name
    if file.format == "excel":
        return _whole(file)
    if file.format == "parquet":
        return _parquet(file, target)
    if file.path.stat().st_size <= budget:
        return _whole(file)
    folder.mkdir(parents=True, exist_ok=True)
    return _compressed(file, target, budget) if is_packed(file.path) else _text(file, target, budget)


def _whole(file: SourceFile) -> Sample:
    return Sample(file.path, file.path, is_whole=True, exact_rows=_ALL)


def _compressed(file: SourceFile, target: Path, budget: int) -> Sample:
    with gzip.open(file.path, "rb") as source, gzip.open(target, "wb", compresslevel=1) as out:
        head = source.read(budget)
        is_whole = not source.read(1)
        out.write(head if is_whole else _to_last_line(head))
    return Sample(file.path, target, is_whole, exact_rows=_ALL)


def _text(file: SourceFile, target: Path, budget: int) -> Sample:
    with file.path.open("rb") as source, target.open("wb") as out:
        head = _to_last_line(source.read(budget // _HEAD_SHARE))
        out.write(head)
        exact = _ALL
        if not _has_long_lines(head):
            exact = head.count(b"\n") - 1
            for piece in _slices(source, file.path.stat().st_size, len(head), budget):
                out.write(piece)
    return Sample(file.path, target, is_whole=False, exact_rows=exact)


def _slices(source: IO[bytes], size: int, start: int, budget: int) -> Iterator[bytes]:
    """Whole lines from places spread over the file after its head."""
    length = (budget - budget // _HEAD_SHARE) // SLICES
    step = (size - start) // SLICES
    for place in range(SLICES):
        source.seek(start + place * step)
        source.readline()
        yield _to_last_line(source.read(min(length, step)))


def _has_long_lines(head: bytes) -> bool:
    """Whether a row may go over several lines, so that nobody can start reading in the middle."""
    utf16 = head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head[:1000]
    return utf16 or any(line.count(b'"') % 2 for line in head.split(b"\n"))


def _to_last_line(piece: bytes) -> bytes:
    end = b"\n"
    if b"\0" in piece:
        end = b"\0\n" if piece.startswith(b"\xfe\xff") else b"\n\0"  # a line's end in UTF-16
    place = piece.rfind(end)
    return piece[: place + len(end)] if place >= 0 else piece


def _parquet(file: SourceFile, target: Path) -> Sample:
    with pq.ParquetFile(file.path) as source:
        if source.metadata.num_rows <= PARQUET_ROWS:
            return _whole(file)
        groups = spread(list(range(source.num_row_groups)), SLICES)
        rows = PARQUET_ROWS // len(groups)
        target.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(target, source.schema_arrow) as out:
            for group in groups:
                batch = next(source.iter_batches(batch_size=rows, row_groups=[group], use_threads=False))
                out.write_table(pa.Table.from_batches([batch]))
    return Sample(file.path, target, is_whole=False, exact_rows=rows)
