"""Insert or update many rows at once, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from core.storage.base import Base

ROWS_A_STATEMENT = 1_000


def upsert(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows; one whose primary key is there takes the new values."""
    table = table_of(model)
    key = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    others = {name: statement.excluded[name] for name in (rows[0] if rows else ()) if name not in key}
    statement = (
        statement.on_conflict_do_update(index_elements=key, set_=others) if others else _or_nothing(statement)
    )
    _run(connection, statement, rows)


def insert_new(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet; leave the others as they are."""
    _run(connection, _or_nothing(_insert(connection, table_of(model))), rows)


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not mapped to a plain table")
    return table


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _or_nothing(statement: Any) -> Any:
    return statement.on_conflict_do_nothing()


def _run(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        connection.execute(statement, [dict(row) for row in rows[start : start + ROWS_A_STATEMENT]])
