"""Many rows written at the driver's own speed: SQLAlchemy's steps take longer than the database."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, Table
from sqlalchemy.exc import OperationalError

from core.storage.base import Base, Instant
from core.storage.upsert import table_of

_SQLITE_INSTANT = "%Y-%m-%d %H:%M:%S.%f"  # as SQLAlchemy keeps instants there

_to_json = msgspec.json.Encoder().encode

Row = Sequence[Any]
Convert = Callable[[Any], Any]


def insert_many(
    connection: Connection, model: type[Base], columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows that hold the values of those columns in order; none of them may be there yet.

    On PostgreSQL by COPY, which is several times as fast as statements.
    """
    if not rows:
        return
    table = table_of(model)
    names = ", ".join(columns)
    converted = _converted(connection, table, columns, rows)
    if connection.dialect.name == "sqlite":
        sql = f"INSERT INTO {table.name} ({names}) VALUES ({_marks(connection, columns)})"  # noqa: S608 (our names)
        _run(connection, sql, converted)
    else:
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", converted)


def insert_missing(
    connection: Connection, model: type[Base], columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert those of the rows whose primary key is not there yet; leave the others as they are."""
    _insert(connection, table_of(model), columns, rows, "ON CONFLICT DO NOTHING")


def upsert_many(
    connection: Connection, model: type[Base], columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert the rows; one whose primary key is there takes the new values."""
    table = table_of(model)
    key = _key(table)
    taken = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    _insert(connection, table, columns, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {taken}")


def update_many(
    connection: Connection, model: type[Base], columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set columns of the rows with those primary keys; a row holds the new values, then the key's in its order."""
    if not rows:
        return
    table = table_of(model)
    mark = _mark(connection)
    assigned = ", ".join(f"{name} = {mark}" for name in columns)
    where = _key_equals(table, mark)
    sql = f"UPDATE {table.name} SET {assigned} WHERE {where}"  # noqa: S608 (our own names)
    _run(connection, sql, _converted(connection, table, [*columns, *_key(table)], rows))


def delete_many(connection: Connection, model: type[Base], keys: Sequence[Row]) -> None:
    """Remove the rows with those primary keys."""
    if not keys:
        return
    table = table_of(model)
    sql = f"DELETE FROM {table.name} WHERE {_key_equals(table, _mark(connection))}"  # noqa: S608 (our own names)
    _run(connection, sql, _converted(connection, table, _key(table), keys))


def _insert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], otherwise: str
) -> None:
    if not rows:
        return
    values = f"({', '.join(columns)}) VALUES ({_marks(connection, columns)})"
    sql = f"INSERT INTO {table.name} {values} {otherwise}"
    _run(connection, sql, _converted(connection, table, columns, rows))


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _key_equals(table: Table, mark: str) -> str:
    return " AND ".join(f"{name} = {mark}" for name in _key(table))


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _marks(connection: Connection, columns: Sequence[str]) -> str:
    return ", ".join([_mark(connection)] * len(columns))


def _run(connection: Connection, sql: str, rows: list[Row]) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(sql, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise OperationalError(sql, None, error) from error
    finally:
        cursor.close()


def _copy(connection: Connection, sql: str, rows: Iterable[Row]) -> None:
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise OperationalError(sql, None, error) from error
    finally:
        cursor.close()


def _converted(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> list[Row]:
    """The rows as the driver takes them; a column whose values need no change costs nothing."""
    converts = _converts(connection.dialect.name, table, tuple(columns))
    if not converts:
        return list(rows)
    by_column = list(zip(*rows, strict=True))
    for place, convert in converts:
        by_column[place] = tuple(map(convert, by_column[place]))
    return list(zip(*by_column, strict=True))


@cache  # as many as there are places that write
def _converts(dialect: str, table: Table, columns: tuple[str, ...]) -> tuple[tuple[int, Convert], ...]:
    """The places of those columns whose values need a change, with what changes them."""
    found = ((place, _convert(dialect, table.c[name].type)) for place, name in enumerate(columns))
    return tuple((place, convert) for place, convert in found if convert is not None)


def _convert(dialect: str, kind: Any) -> Convert | None:
    if isinstance(kind, JSON):
        return _json_text
    if isinstance(kind, Instant) and dialect == "sqlite":
        return _instant_text
    return None


def _json_text(value: Any) -> str:
    return _to_json(value).decode()


@lru_cache(maxsize=65_536)
def _instant_text(instant: datetime | None) -> str | None:
    """An instant as SQLite's text; in bulk most of them are the same few."""
    return None if instant is None else instant.astimezone(UTC).strftime(_SQLITE_INSTANT)
