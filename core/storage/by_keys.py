"""Statements about one key or several, run at the driver's own speed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Connection, Dialect, Float, Select, bindparam
from sqlalchemy.exc import OperationalError

from core.storage.base import Instant

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

KEYS = "keys"
MOST = 512  # keys a statement


def several() -> "BindParameter[Any]":
    """The parameter for the keys: `column.in_(several())`."""
    return bindparam(KEYS, expanding=True)


class ByKeys:
    """A statement with the parameter `several()`, built once.

    For a number of keys it is compiled once and goes to the driver's cursor: SQLAlchemy's own steps take longer than
    the look-up of the rows. Values come back as the columns' types say, either way. Other parameters are named, and
    have values that the driver takes as they are: texts and numbers.
    """

    def __init__(self, statement: Statement, named: Sequence[str] = ()) -> None:
        self._statement = statement
        self._named = named
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def rows(
        self, connection: Connection, keys: Sequence[str], **named: str | int
    ) -> Sequence[Sequence[Any]]:
        """The rows for those keys; no keys have none.

        The statement's order holds among the rows of one key, and of a few hundred that are asked for together.
        """
        if len(keys) <= MOST:
            return self._of_few(connection, keys, named) if keys else ()
        parts = (keys[start : start + MOST] for start in range(0, len(keys), MOST))
        return [row for some in parts for row in self._of_few(connection, some, named)]

    def _of_few(
        self, connection: Connection, keys: Sequence[str], named: Mapping[str, str | int]
    ) -> Sequence[Sequence[Any]]:
        dialect, size = connection.dialect, 1 << (len(keys) - 1).bit_length()
        compiled = self._compiled.get((dialect.name, size))
        if compiled is None:
            compiled = _compile(self._statement, dialect, size, self._named)
            self._compiled[dialect.name, size] = compiled
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.values(keys, named))
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
class _Named:
    """Stands among a statement's values where the value of that name goes."""

    name: str


@dataclass(frozen=True)
class _Compiled:
    """SQL for a number of keys in the driver's style, its values, and how to read each column."""

    sql: str
    pattern: tuple[Any, ...]
    size: int
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def values(self, keys: Sequence[str], named: Mapping[str, str | int]) -> tuple[Any, ...]:
        filled = [*keys, *[keys[0]] * (self.size - len(keys))]  # a key that is named twice has its rows once
        return tuple(
            filled[one.number]
            if isinstance(one, _Key)
            else named[one.name]
            if isinstance(one, _Named)
            else one
            for one in self.pattern
        )

    def read(self, rows: list[Any]) -> list[list[Any]]:
        found = [list(row) for row in rows]
        for place, reader in self.readers:
            for row in found:
                row[place] = reader(row[place])
        return found


def _compile(statement: Statement, dialect: Dialect, size: int, named: Sequence[str]) -> _Compiled:
    compiled: Any = statement.compile(dialect=_positional(dialect))
    places = {KEYS: [_Key(number) for number in range(size)], **{name: _Named(name) for name in named}}
    expanded = compiled.construct_expanded_state(places)
    types = [column.type for column in statement.selected_columns]
    readers = [(place, _reader(kind, dialect)) for place, kind in enumerate(types)]
    return _Compiled(
        sql=expanded.statement,
        pattern=tuple(expanded.parameters[name] for name in expanded.positiontup),
        size=size,
        readers=tuple((place, reader) for place, reader in readers if reader is not None),
    )


def _reader(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns the driver's values of a type into ours; None where they are that already."""
    if isinstance(kind, Float):
        return None  # PostgreSQL's dialect would ask for the column's number, which is not known here
    if isinstance(kind, Instant) and dialect.name == "sqlite":
        return _instant
    reader: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return reader


@lru_cache(maxsize=65_536)
def _instant(text: str | None) -> datetime | None:
    """An instant of SQLite's text; rows about one customer say the same few again and again."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _positional(dialect: Dialect) -> Dialect:
    """The dialect with values by place: as it is on SQLite, in the driver's other style on PostgreSQL."""
    if dialect.positional:
        return dialect
    kind: Any = type(dialect)
    other: Dialect = kind(paramstyle="format")
    return other
