"""Statements about one key or several, run at the driver's own speed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Connection, Dialect, Float, Select, bindparam
from sqlalchemy.exc import OperationalError

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

KEYS = "keys"
MOST = 512  # keys that go to the driver itself; a statement has other limits, which SQLAlchemy knows


def several() -> "BindParameter[Any]":
    """The parameter for the keys: `column.in_(several())`."""
    return bindparam(KEYS, expanding=True)


class ByKeys:
    """A statement with the parameter `several()`, built once.

    For a number of keys it is compiled once and goes to the driver's cursor: SQLAlchemy's own steps take longer than
    the look-up of the rows. Values come back as the columns' types say, either way.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def rows(self, connection: Connection, keys: Sequence[str]) -> Sequence[Sequence[Any]]:
        """The rows for those keys; no keys have none."""
        if 0 < len(keys) <= MOST:
            return self._of_few(connection, keys)
        return connection.execute(self._statement, {KEYS: list(keys)}).all() if keys else ()

    def _of_few(self, connection: Connection, keys: Sequence[str]) -> Sequence[Sequence[Any]]:
        dialect, size = connection.dialect, 1 << (len(keys) - 1).bit_length()
        compiled = self._compiled.get((dialect.name, size))
        if compiled is None:
            compiled = self._compiled[dialect.name, size] = _compile(self._statement, dialect, size)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.values(keys))
            return compiled.read(list(cursor.fetchall()))
        except dialect.loaded_dbapi.Error as error:
            raise OperationalError(compiled.sql, None, error) from error
        finally:
            cursor.close()


@dataclass(frozen=True)
class _Key:
    """Stands among a statement's values where the key of that number goes."""

    number: int


@dataclass(frozen=True)
class _Compiled:
    """SQL for a number of keys in the driver's style, its values, and how to read each column."""

    sql: str
    pattern: tuple[Any, ...]
    size: int
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def values(self, keys: Sequence[str]) -> tuple[Any, ...]:
        filled = [*keys, *[keys[0]] * (self.size - len(keys))]  # a key that is named twice has its rows once
        return tuple(filled[one.number] if isinstance(one, _Key) else one for one in self.pattern)

    def read(self, rows: list[Any]) -> list[list[Any]]:
        found = [list(row) for row in rows]
        for place, reader in self.readers:
            for row in found:
                row[place] = reader(row[place])
        return found


def _compile(statement: Statement, dialect: Dialect, size: int) -> _Compiled:
    compiled: Any = statement.compile(dialect=_positional(dialect))
    expanded = compiled.construct_expanded_state({KEYS: [_Key(number) for number in range(size)]})
    types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
    # Both drivers give floats as floats; PostgreSQL's dialect asks for their column's number, which is not known here.
    readers = [
        (place, kind.result_processor(dialect, None))
        for place, kind in enumerate(types)
        if not isinstance(kind, Float)
    ]
    return _Compiled(
        sql=expanded.statement,
        pattern=tuple(expanded.parameters[name] for name in expanded.positiontup),
        size=size,
        readers=tuple((place, reader) for place, reader in readers if reader is not None),
    )


def _positional(dialect: Dialect) -> Dialect:
    """The dialect with values by place: as it is on SQLite, in the driver's other style on PostgreSQL."""
    if dialect.positional:
        return dialect
    kind: Any = type(dialect)
    other: Dialect = kind(paramstyle="format")
    return other
