"""Excel and OpenDocument sheets; dates, numbers and texts keep their types where a column holds one kind."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineWorkbook

from core.errors import InvalidInputError
from core.language import Text
from features.sources.arrow import Values
from features.sources.file_spec import Files
from features.sources.mapping_errors import near
from features.sources.readers import chunk as chunk_sizes
from features.sources.readers.chunk import Chunk

_WHOLE_BELOW = 2.0**53


class Excel:
    """One sheet of a workbook, held in memory: a sheet has at most about a million rows."""

    def __init__(self, path: Path, _format: str, files: Files) -> None:
        self.path = path
        self.files = files

    @property
    def warning(self) -> Text | None:
        """That the workbook has more sheets, where the mapping names none."""
        with CalamineWorkbook.from_path(str(self.path)) as book:
            names = book.sheet_names
        if self.files.sheet or len(names) < 2:  # noqa: PLR2004 (more than one)
            return None
        values = {"file": self.path.name, "sheet": names[0], "others": ", ".join(names[1:])}
        return Text(
            "{file} has several sheets; {sheet} was read. The others are {others}: declare sheet beside files",
            values,
        )

    def schema(self) -> pa.Schema:
        """The columns with their types: timestamp, date, time, number, truth value, or text where mixed.

        Raises:
            InvalidInputError: There is no such sheet.
        """
        return self._table().schema

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about a hundred thousand at a time; empty rows are none."""
        table = self._table()
        is_row = np.any(
            [column.is_valid().to_numpy(zero_copy_only=False) for column in table.columns], axis=0
        )
        lines = np.flatnonzero(is_row).astype(np.int64) + 1
        kept = table.filter(pa.array(is_row))
        for start in range(0, len(lines), chunk_sizes.CHUNK_ROWS):
            some = slice(start, start + chunk_sizes.CHUNK_ROWS)
            yield Chunk(kept.slice(start, chunk_sizes.CHUNK_ROWS), lines[some])

    def estimated_rows(self) -> int:
        """How many rows the sheet has, exactly."""
        return self._table().num_rows

    def _table(self) -> pa.RecordBatch:
        rows = self._rows()[self.files.skip_rows :]
        header = self.files.header
        width = max(map(len, rows), default=0)
        if header == ("none",):
            names = [str(number) for number in range(1, width + 1)]
        else:
            names = list(header or [_text(cell) or "" for cell in (rows.pop(0) if rows else ())])
        empty = set(self.files.missing_values)
        cells = [[row[place] if place < len(row) else "" for row in rows] for place in range(len(names))]
        used = [place for place, name in enumerate(names) if name]
        columns = [_column([None if cell in empty else cell for cell in cells[place]]) for place in used]
        return pa.RecordBatch.from_arrays(columns, names=[names[place] for place in used])

    def _rows(self) -> list[list[Any]]:
        with CalamineWorkbook.from_path(str(self.path)) as book:
            name = self.files.sheet or book.sheet_names[0]
            if name not in book.sheet_names:
                raise InvalidInputError(
                    "{file} has no sheet {sheet}; nearest: {near}",
                    file=self.path.name,
                    sheet=repr(name),
                    near=near(name, book.sheet_names),
                )
            rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            return rows


def _column(cells: Sequence[Any]) -> Values:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {datetime, date} and kinds:
        kind = pa.date32() if kinds == {date} else pa.timestamp("us")
        dates: Values = pa.array([cell if kinds == {date} else _midnight(cell) for cell in cells], kind)
        return dates
    if kinds <= {int, float} and kinds:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if kinds in ({time}, {bool}):
        return pa.array(cells, pa.time64("us") if kinds == {time} else pa.bool_())
    return pa.array([_text(cell) for cell in cells], pa.string())


def _midnight(cell: date | datetime | None) -> datetime | None:
    if cell is None or isinstance(cell, datetime):
        return cell
    return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 (a sheet knows no zone)


def _text(cell: Any) -> str | None:
    """A cell of a column of several kinds as text; a whole number has no point."""
    match cell:
        case None | "":
            return None
        case float() if cell.is_integer() and abs(cell) < _WHOLE_BELOW:
            return str(int(cell))
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case bool():
            return "true" if cell else "false"
    return str(cell)
