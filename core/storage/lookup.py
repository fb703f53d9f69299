"""Rows looked up by any number of values, though a statement takes only some thousands of them."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select
from sqlalchemy.orm import InstrumentedAttribute

VALUES_A_STATEMENT = 10_000  # SQLite takes 32,766 in one statement, PostgreSQL 65,535


def rows_of(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    column: InstrumentedAttribute[Any],
    values: Collection[Any],
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of the query whose column holds one of the values, some thousands of values at a time."""
    left = iter(values)
    while some := list(islice(left, VALUES_A_STATEMENT)):
        yield from connection.execute(query.where(column.in_(some)))
