"""The files that a table of the mapping names, as chunks of rows whatever their format."""

import csv
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
from python_calamine import CalamineError

from core.errors import InvalidInputError
from core.language import Text
from features.sources.file_spec import Files, Table
from features.sources.readers.chunk import Chunk
from features.sources.readers.delimited import Delimited
from features.sources.readers.excel import Excel
from features.sources.readers.files import find_files, format_of
from features.sources.readers.json_lines import JsonLines
from features.sources.readers.parquet import Parquet

Reader = Delimited | JsonLines | Excel | Parquet

_READERS: MappingProxyType[str, type[Reader]] = MappingProxyType(
    {
        "csv": Delimited,
        "tsv": Delimited,
        "whitespace": Delimited,
        "jsonl": JsonLines,
        "excel": Excel,
        "parquet": Parquet,
    }
)
_BROKEN = (
    pa.ArrowInvalid,
    pa.ArrowNotImplementedError,
    UnicodeError,
    csv.Error,
    CalamineError,
    EOFError,
    zlib.error,
    OSError,
)


@dataclass(frozen=True)
class SourceFile:
    """One file of a table, and how to read it."""

    path: Path
    format: str
    files: Files

    def schema(self) -> pa.Schema:
        """The columns; those of a text file are all text.

        Raises:
            InvalidInputError: The file is not what its format says.
        """
        with self._readable():
            return self._reader().schema()

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about a hundred thousand at a time.

        Raises:
            InvalidInputError: The file is not what its format says.
        """
        with self._readable():
            yield from self._reader().chunks()

    def estimated_rows(self) -> int:
        """How many rows: exact for Parquet and Excel; for text from its size and the length of its first lines."""
        with self._readable():
            return self._reader().estimated_rows()

    def warnings(self) -> tuple[Text, ...]:
        """What was assumed about the file that the mapping does not say."""
        with self._readable():
            reader = self._reader()
            if isinstance(reader, Parquet):
                return ()
            found = reader.warning if isinstance(reader, Excel) else reader.encoding.warning
            return (found,) if found else ()

    def _reader(self) -> Reader:
        return _READERS[self.format](self.path, self.format, self.files)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            problem = " ".join(str(error).split())
            raise InvalidInputError(
                "{file} cannot be read as {format}: {problem}",
                file=self.path,
                format=self.format,
                problem=problem,
            ) from None


def open_files(files: Files, where: str) -> tuple[SourceFile, ...]:
    """The files that a part of the mapping names; none, or some, where they are optional.

    Raises:
        InvalidInputError: One of them is not there and not optional; `where` is the mapping's key for them.
    """
    may_be_absent = isinstance(files, Table) and files.optional
    return tuple(
        SourceFile(path, format_of(path, files, where), files)
        for path in find_files(files.files, where, may_be_absent=may_be_absent)
    )
