"""Customer files as dated facts of the contract."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features.contract import ATTRIBUTE_SCHEMA, INSTANT, AttributeDefinition, Reject
from features.sources.arrow import Values, pc
from features.sources.checking.check import check_customers
from features.sources.columns import ColumnReader
from features.sources.mapping import Attribute, CustomerTable, Mapping
from features.sources.readers.tables import open_files
from features.sources.rejects import Place, malformed_rejects
from features.sources.value_sources import TimeSource
from features.sources.values.convert import as_mask
from features.sources.values.instants import Zones
from features.sources.values.written_numbers import floats_of, plain_numbers


class AttributeBatch(NamedTuple):
    """Facts of some rows of a source file (`ATTRIBUTE_SCHEMA`), their customers, and what was rejected.

    A row without any fact still makes its customer known. A value that is no level of its attribute is
    rejected by itself; the row's other facts are kept.
    """

    table: pa.Table
    customer_ids: Values
    rejects: list[Reject]
    skipped: int = 0


def read_attributes(mapping: Mapping, *, zone: ZoneInfo) -> Iterator[AttributeBatch]:
    """The facts of every table of customers; `zone` is the shop's, for a mapping that names none.

    Raises:
        InvalidInputError: The mapping does not fit its files; nothing has been read then.
    """
    check_customers(mapping)
    zones = Zones(mapping.date_zone(zone), mapping.naive_zone(zone))
    return _batches(mapping, zones)


def attribute_definitions(mapping: Mapping) -> tuple[AttributeDefinition, ...]:
    """How each fact becomes numbers, in the mapping's order; for a key of several tables the first counts."""
    tables = reversed(mapping.customers.values())
    found = {key: fact.definition(key) for table in tables for key, fact in table.attributes.items()}
    order = dict.fromkeys(key for table in mapping.customers.values() for key in table.attributes)
    return tuple(found[key] for key in order)


def _batches(mapping: Mapping, zones: Zones) -> Iterator[AttributeBatch]:
    for name, table in mapping.customers.items():
        for file in open_files(table, f"customers.{name}.files"):
            for chunk in file.chunks():
                place = Place(mapping.source, file.path.name, chunk, chunk.columns)
                yield _batch(table, place, zones)


def _batch(table: CustomerTable, place: Place, zones: Zones) -> AttributeBatch:
    row, columns = ColumnReader(place.rows), table.columns
    row.only(table.where, table.where_not)
    customer = row.id(columns.customer_id)
    row.problems.flag(as_mask(customer.is_null()), "missing_customer", (columns.customer_id,))
    observed_at = _observed_at(row, columns.observed_at, zones)
    ok = row.problems.ok
    rejects = malformed_rejects(place) + row.problems.rejects(place)
    facts = [ATTRIBUTE_SCHEMA.empty_table()]
    for key, attribute in table.attributes.items():
        cell = ColumnReader(place.rows)
        values = _values(cell, attribute.column or key, attribute, table.decimal)
        rejects += cell.problems.rejects(place, among=ok)
        kept = pa.array(ok & cell.problems.ok & as_mask(values.is_valid()))
        arrays = [customer, row.constant(key), values, observed_at]
        facts.append(pa.Table.from_arrays([array.filter(kept) for array in arrays], schema=ATTRIBUTE_SCHEMA))
    known = pc.unique(customer.filter(pa.array(ok)))
    rejects.sort(key=lambda reject: reject.line)
    return AttributeBatch(pa.concat_tables(facts), known, rejects, int(row.problems.skipped.sum()))


def _observed_at(row: ColumnReader, source: TimeSource | None, zones: Zones) -> Values:
    """The instants at which the rows' facts were seen; all missing where the source has no dates."""
    if source is None:
        return pa.nulls(row.rows.num_rows, INSTANT)
    found = row.instants(source, zones)
    row.problems.flag(found.missing, "missing_timestamp", (source.column,))
    return pa.array(found.us).cast(INSTANT)


def _values(cell: ColumnReader, column: str, attribute: Attribute, decimal: str) -> Values:
    values = cell.id(column)
    if attribute.kind == "number":
        plain = plain_numbers(values, decimal)
        is_number = np.isfinite(floats_of(plain))
        cell.problems.flag(as_mask(values.is_valid()) & ~is_number, "bad_number", (column,))
        return plain
    levels = pa.array(attribute.levels, pa.string())
    unknown = as_mask(values.is_valid()) & ~as_mask(pc.is_in(values, value_set=levels))
    cell.problems.flag(unknown, "unknown_level", (column,))
    return values
