"""The columns of one chunk, read as the mapping says; whatever breaks the contract is flagged on the way."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.contract import ID_LIMIT, PROPERTIES_LIMIT
from features.sources.arrow import Values, pc
from features.sources.checking.check import source_columns
from features.sources.rejects import RowProblems
from features.sources.value_sources import NumberSource, TextSource, TimeSource
from features.sources.values.amounts import (
    add_money,
    add_numbers,
    money_array,
    multiply_money,
    multiply_numbers,
    to_money,
    to_numbers,
)
from features.sources.values.convert import Mask, as_mask, to_id, to_text
from features.sources.values.instants import Instants, Zones, to_instants


class ColumnReader:
    """Reads columns of one chunk of rows `(n,)` and collects the rows' problems.

    >>> reader = ColumnReader(pa.RecordBatch.from_pydict({"会员": ["a", "b"], "金额": ["1.5", "many"]}))
    >>> reader.money(NumberSource(column="金额"))[0].as_py()
    Decimal('1.5000')
    >>> reader.problems.ok.tolist()
    [True, False]
    """

    def __init__(self, rows: pa.RecordBatch, decimal: str = ".") -> None:
        self.rows = rows
        self.decimal = decimal
        self.problems = RowProblems(rows.num_rows)

    def only(self, where: Mapping[str, tuple[str, ...]], where_not: Mapping[str, tuple[str, ...]]) -> None:
        """Skip the rows that the conditions leave out."""
        for column, wanted in where.items():
            self.problems.skip(~self._is_in(column, wanted))
        for column, unwanted in where_not.items():
            self.problems.skip(self._is_in(column, unwanted))

    def _is_in(self, column: str, values: tuple[str, ...]) -> Mask:
        cells = to_id(self.rows.column(column)).fill_null("")
        return as_mask(pc.is_in(cells, value_set=pa.array(values, pa.string())))

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
        found = to_id(values) if is_id or source.values else to_text(values)
        self.problems.flag_text(found, (source.column,), limit)
        return self._renamed(found, source) if source.values else found

    def _renamed(self, found: Values, source: TextSource) -> Values:
        """The texts as the mapping renames them; the others are rejected, skipped or kept as it says."""
        place = pc.index_in(found.fill_null(""), value_set=pa.array(source.values, pa.string()))
        renamed: Values = pa.array(source.values.values(), pa.string()).take(place)
        is_other = as_mask(found.is_valid()) & as_mask(renamed.is_null())
        if source.other == "skip":
            self.problems.skip(is_other)
        elif source.other == "reject":
            self.problems.flag(is_other, "unknown_value", (source.column,))
        else:
            renamed = pc.coalesce(renamed, found)
        return renamed

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
        parts = [to_numbers(self.rows.column(name), self.decimal) for name in columns]
        found = multiply_numbers(parts) if source.product else add_numbers(parts)
        self.problems.flag(found.bad, "bad_number", columns)
        return pa.array(found.values, mask=np.isnan(found.values))

    def money(self, source: NumberSource | None) -> Values:
        """The contract's decimals of a source."""
        columns = source_columns(source) if source else ()
        cells = [self.rows.column(name) for name in columns]
        if source is not None and source.product:
            found = multiply_money(cells, self.decimal)
        elif cells:
            found = add_money([to_money(cell, self.decimal) for cell in cells])
        else:
            constant = pa.scalar(source.constant if source else None, pa.float64())
            found = to_money(pa.repeat(constant, self.rows.num_rows))
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
