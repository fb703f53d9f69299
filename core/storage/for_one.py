"""Statements about several keys, run for a single one at the driver's own speed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Connection, Dialect, Select, bindparam
from sqlalchemy.exc import OperationalError

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

KEYS = "keys"
_KEY = "the key"  # stands where the key goes


def several() -> "BindParameter[Any]":
    """The parameter for the keys: `column.in_(several())`."""
    return bindparam(KEYS, expanding=True)


class ByKeys:
    """A statement with the parameter `several()`, built once.

    For one key it was compiled before and goes to the driver's cursor: SQLAlchemy's own steps take longer than
    the look-up of one row. Values come back as the columns' types say, either way.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, keys: Sequence[str]) -> Sequence[Sequence[Any]]:
        """The rows for those keys; no keys have none."""
        if len(keys) == 1:
            return self._of_one(connection, keys[0])
        return connection.execute(self._statement, {KEYS: list(keys)}).all() if keys else ()

    def _of_one(self, connection: Connection, key: str) -> Sequence[Sequence[Any]]:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.values(key))
            return compiled.read(list(cursor.fetchall()))
        except dialect.loaded_dbapi.Error as error:
            raise OperationalError(compiled.sql, None, error) from error
        finally:
            cursor.close()


@dataclass(frozen=True)
class _Compiled:
    """SQL for one key in the driver's style, its other values, and how to read each column."""

    sql: str
    constants: tuple[Any, ...]
    places: tuple[int, ...]  # of the key among the values
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def values(self, key: str) -> tuple[Any, ...]:
        values = list(self.constants)
        for place in self.places:
            values[place] = key
        return tuple(values)

    def read(self, rows: list[Any]) -> list[list[Any]]:
        found = [list(row) for row in rows]
        for place, reader in self.readers:
            for row in found:
                row[place] = reader(row[place])
        return found


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=_positional(dialect))
    expanded = compiled.construct_expanded_state({KEYS: [_KEY]})
    values = [expanded.parameters[name] for name in expanded.positiontup]
    types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
    readers = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(types)]
    return _Compiled(
        sql=expanded.statement,
        constants=tuple(values),
        places=tuple(place for place, value in enumerate(values) if value is _KEY),
        readers=tuple((place, reader) for place, reader in readers if reader is not None),
    )


def _positional(dialect: Dialect) -> Dialect:
    """The dialect with values by place: as it is on SQLite, in the driver's other style on PostgreSQL."""
    if dialect.positional:
        return dialect
    kind: Any = type(dialect)
    other: Dialect = kind(paramstyle="format")
    return other
