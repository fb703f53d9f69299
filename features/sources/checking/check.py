"""Does a mapping fit its files: every column there, of a type that can be read, before anything is loaded."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.contract import EventTypes
from features.sources.checking.check_times import time_problems
from features.sources.file_spec import Files
from features.sources.mapping import (
    CustomerTable,
    EventTable,
    ItemTable,
    Mapping,
)
from features.sources.mapping_errors import mapping_error, near
from features.sources.readers.tables import SourceFile, open_files
from features.sources.value_sources import CategorySource, NumberSource, TextSource, TimeSource
from features.sources.values.instants import is_readable

Table = EventTable | ItemTable | CustomerTable


@dataclass(frozen=True)
class Use:
    """A column that a key of the mapping names."""

    key: str
    column: str
    is_time: bool = False
    may_be_constant: bool = False


def check_mapping(mapping: Mapping, types: EventTypes) -> None:
    """Nothing, if every file, column, join key and constant type of the mapping is right.

    Raises:
        InvalidInputError: Something is wrong; `fields` has an entry for each wrong key.
    """
    _raise_any(
        [
            *unregistered(mapping, types),
            *_table_problems("events", mapping.events),
            *_table_problems("items", mapping.items),
            *_table_problems("customers", mapping.customers),
        ]
    )


def check_events(mapping: Mapping, types: EventTypes) -> None:
    """As `check_mapping`, for the tables of events alone."""
    _raise_any([*unregistered(mapping, types), *_table_problems("events", mapping.events)])


def check_items(mapping: Mapping) -> None:
    """As `check_mapping`, for the tables of items alone."""
    _raise_any(_table_problems("items", mapping.items))


def check_customers(mapping: Mapping) -> None:
    """As `check_mapping`, for the tables of customers alone."""
    _raise_any(_table_problems("customers", mapping.customers))


def _raise_any(problems: list[FieldError]) -> None:
    if problems:
        raise mapping_error(problems)


def _table_problems(part: str, tables: AnyMapping[str, Table]) -> list[FieldError]:
    return [problem for name, table in tables.items() for problem in check_table(table, f"{part}.{name}")]


def check_table(table: Table, where: str) -> list[FieldError]:
    """What is wrong with the files and columns of one table, whose key in the mapping is `where`."""
    try:
        files = open_files(table, f"{where}.files")
        schemas = [(str(file.path.name), file.schema()) for file in files]
        joined = _joined_schema(table, where)
        uses = list(uses_of(table, where))
        problems = [
            problem
            for file, schema in schemas
            for use in uses
            if (problem := _problem(use, file, schema, joined)) is not None
        ]
        return problems or _time_problems(table, where, files)
    except InvalidInputError as error:
        return list(error.fields) or [FieldError(f"{where}.files", error.text)]


def _time_problems(table: Table, where: str, files: Sequence[SourceFile]) -> list[FieldError]:
    join = table.join if isinstance(table, EventTable) else None
    others = open_files(join, f"{where}.join.files") if join else ()
    return [
        problem
        for name in type(table.columns).model_fields
        if isinstance(source := getattr(table.columns, name), TimeSource)
        for problem in time_problems(source, f"{where}.columns.{name}", (*files, *others))
    ]


def uses_of(table: Table, where: str) -> Iterator[Use]:
    """Every column that a table's mapping names, with the key that names it."""
    yield from _uses(table.columns, f"{where}.columns")
    for key in ("where", "where_not"):
        yield from (Use(f"{where}.{key}.{column}", column) for column in getattr(table, key))
    if isinstance(table, CustomerTable):
        for key, attribute in table.attributes.items():
            yield Use(f"{where}.attributes.{key}", attribute.column or key)
    if isinstance(table, EventTable) and table.join:
        yield Use(f"{where}.join.key", table.join.key)


def _uses(value: Any, key: str) -> Iterator[Use]:
    """The columns below one key of `columns`."""
    match value:
        case str():
            yield Use(key, value)
        case TimeSource():
            yield from _time_uses(value, key)
        case CategorySource():
            yield from _category_uses(value, key)
        case TextSource() | NumberSource():
            yield from (Use(key, name, may_be_constant=True) for name in source_columns(value))
        case BaseModel():
            for name in type(value).model_fields:
                yield from _uses(getattr(value, name), f"{key}.{name}")
        case tuple():
            yield from (Use(f"{key}[{index}]", name) for index, name in enumerate(value))
        case dict():
            for name, entry in value.items():
                yield from _uses(entry, f"{key}.{name}")


def _time_uses(source: TimeSource, key: str) -> Iterator[Use]:
    yield Use(key, source.column, is_time=True)
    if source.time_column:
        yield Use(f"{key}.time_column", source.time_column)


def _category_uses(source: CategorySource, key: str) -> Iterator[Use]:
    if source.column:
        yield Use(key, source.column)
    yield from (Use(f"{key}[{index}]", name) for index, name in enumerate(source.path))
    yield from (Use(f"{key}.flags.{name}", name) for name in source.flags)


def source_columns(source: TextSource | NumberSource) -> tuple[str, ...]:
    """The columns of a source; none for a constant."""
    if isinstance(source, NumberSource) and (source.sum or source.product):
        return source.sum or source.product
    return (source.column,) if source.column else ()


def _problem(use: Use, file: str, schema: pa.Schema, joined: pa.Schema | None) -> FieldError | None:
    own = schema.get_all_field_indices(use.column)
    others = joined.get_all_field_indices(use.column) if joined is not None and not own else []
    if len(own) + len(others) > 1:
        values = {"file": file, "column": repr(use.column)}
        return FieldError(
            use.key, Text("{file} has more than one column {column}", values), "ambiguous_column"
        )
    if not own and not others:
        return FieldError(
            use.key, _no_column(use, file, [*schema.names, *(joined.names if joined else [])]), "no_column"
        )
    kind = schema.field(own[0]).type if own or joined is None else joined.field(others[0]).type
    return _unreadable(use, file, kind)


def _no_column(use: Use, file: str, names: list[str]) -> Text:
    values = {"file": file, "column": repr(use.column), "near": near(use.column, names)}
    if use.may_be_constant:
        values["constant"] = f"{{constant: {use.column}}}"
        return Text(
            "{file} has no column {column}; nearest: {near}. "
            "If it is one value for every row, write {constant}",
            values,
        )
    return Text("{file} has no column {column}; nearest: {near}", values)


def _unreadable(use: Use, file: str, kind: pa.DataType) -> FieldError | None:
    values = {"file": file, "column": repr(use.column), "type": kind}
    if use.is_time and not is_readable(kind, "epoch_seconds"):
        text = Text("{file}: column {column} holds {type}; expected dates or times", values)
        return FieldError(use.key, text, "wrong_type")
    if pa.types.is_nested(kind):
        text = Text("{file}: column {column} holds {type}; expected single values", values)
        return FieldError(use.key, text, "wrong_type")
    return None


def _joined_schema(table: Files, where: str) -> pa.Schema | None:
    """The columns that the join adds: all of the other file but its key."""
    join = table.join if isinstance(table, EventTable) else None
    if join is None:
        return None
    file: SourceFile = open_files(join, f"{where}.join.files")[0]
    schema, key = file.schema(), join.other_key or join.key
    if key not in schema.names:
        text = _no_column(Use("", key), file.path.name, schema.names)
        raise mapping_error([FieldError(f"{where}.join.{'other_key' if join.other_key else 'key'}", text)])
    return schema.remove(schema.get_field_index(key))


def unregistered(mapping: Mapping, types: EventTypes) -> Iterator[FieldError]:
    """An entry for each table of events whose constant type nobody registered."""
    types = types.with_own(mapping.event_types)
    for name, table in mapping.events.items():
        told = table.columns.type
        for type_ in sorted({told.constant, *told.values.values()} - {""}):
            try:
                types.role(type_)
            except InvalidInputError as error:
                yield FieldError(f"events.{name}.columns.type", error.text, "unregistered_type")
