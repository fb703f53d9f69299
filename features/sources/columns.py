"""The columns of one chunk, read as the mapping says; whatever breaks the contract is flagged on the way."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.contract import ID_LIMIT, PROPERTIES_LIMIT
from features.sources.arrow import Values
from features.sources.check import source_columns
from features.sources.convert import (
    add_money,
    add_numbers,
    money_array,
    to_id,
    to_money,
    to_numbers,
    to_text,
)
from features.sources.instants import Instants, Zones, to_instants
from features.sources.rejects import RowProblems
from features.sources.value_sources import NumberSource, TextSource, TimeSource


class ColumnReader:
    """Reads columns of one chunk of rows `(n,)` and collects the rows' problems.

    >>> reader = ColumnReader(pa.RecordBatch.from_pydict({"会员": ["a", "b"], "金额": ["1.5", "many"]}))
    >>> reader.money(NumberSource(column="金额"))[0].as_py()
    Decimal('1.5000')
    >>> reader.problems.ok.tolist()
    [True, False]
    """

    def __init__(self, rows: pa.RecordBatch) -> None:
        self.rows = rows
        self.problems = RowProblems(rows.num_rows)

    def constant(self, text: str | None) -> Values:
        """The same text in every row."""
        return pa.repeat(pa.scalar(text, pa.string()), self.rows.num_rows)

    def id(self, column: str | None) -> Values:
        """Identifiers of a column; all missing without one."""
        return self.text(TextSource(column=column), is_id=True) if column else self.constant(None)

    def named(self, column: str | None) -> Values:
        """Texts of a column; all missing without one."""
        return self.text(TextSource(column=column)) if column else self.constant(None)

    def text(self, source: TextSource | None, *, is_id: bool = False, limit: int = ID_LIMIT) -> Values:
        """Texts of a source; all missing without one."""
        if source is None or not source.column:
            return self.constant(source.constant if source else None)
        values = self.rows.column(source.column)
        found = to_id(values) if is_id else to_text(values)
        self.problems.flag_text(found, (source.column,), limit)
        return found

    def instants(self, source: TimeSource, zones: Zones) -> Instants:
        """Instants of a source; a cell that holds none is flagged, an empty one is not."""
        names = (source.column, source.time_column) if source.time_column else (source.column,)
        clock = self.rows.column(source.time_column) if source.time_column else None
        values = self.rows.column(source.column)
        found = to_instants(values, zones, source.time_of_day, format_=source.format, clock=clock)
        self.problems.flag(found.bad, "bad_timestamp", names)
        return found

    def numbers(self, source: NumberSource | None) -> Values:
        """Float64 numbers of a source."""
        if source is None:
            return pa.nulls(self.rows.num_rows, pa.float64())
        if not source_columns(source):
            return pa.repeat(pa.scalar(source.constant, pa.float64()), self.rows.num_rows)
        columns = source_columns(source)
        found = add_numbers([to_numbers(self.rows.column(name)) for name in columns])
        self.problems.flag(found.bad, "bad_number", columns)
        return pa.array(found.values, mask=np.isnan(found.values))

    def money(self, source: NumberSource | None) -> Values:
        """The contract's decimals of a source."""
        columns = source_columns(source) if source else ()
        parts = [to_money(self.rows.column(name)) for name in columns]
        if source is not None and not columns:
            parts = [to_money(pa.repeat(pa.scalar(source.constant, pa.float64()), self.rows.num_rows))]
        if not parts:
            parts = [to_money(pa.nulls(self.rows.num_rows, pa.float64()))]
        found = add_money(parts)
        self.problems.flag(found.bad, "bad_number", columns)
        return money_array(found)

    def properties(self, sources: Mapping[str, TextSource]) -> Values:
        """One small JSON object of texts a row, without the empty ones; missing where all are empty."""
        if not sources:
            return self.constant(None)
        cells = [
            self.text(source, is_id=True, limit=PROPERTIES_LIMIT).to_pylist() for source in sources.values()
        ]
        found = pa.array([_json(sources, row) for row in zip(*cells, strict=True)], pa.string())
        columns = tuple(column for source in sources.values() for column in source_columns(source))
        self.problems.flag_text(found, columns, PROPERTIES_LIMIT)
        return found


def _json(names: Mapping[str, TextSource], row: tuple[str | None, ...]) -> str | None:
    cells = {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
    return json.dumps(cells, ensure_ascii=False) if cells else None
