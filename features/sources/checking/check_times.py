"""Can a column of dates be read as declared: if not, which line of the mapping would read it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from core.errors import FieldError
from core.language import Text
from features.sources.arrow import Values
from features.sources.readers.tables import SourceFile
from features.sources.value_sources import TimeSource
from features.sources.values.convert import to_text
from features.sources.values.instants import is_readable
from features.sources.values.time_formats import FORMATS, read_times
from features.sources.values.time_guess import formats_that_read

_SAMPLE = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_problems(source: TimeSource, key: str, files: Sequence[SourceFile]) -> list[FieldError]:
    """One entry for each file whose first dates cannot be read as declared but would be otherwise.

    A few unreadable cells are no problem of the mapping: their rows go to the rejects.
    """
    return [problem for file in files if (problem := _problem(source, key, file))]


def _problem(source: TimeSource, key: str, file: SourceFile) -> FieldError | None:
    values = _first_cells(file, source.column)
    if values is None:
        return None
    readable = is_readable(values.type, source.format)
    if readable:
        read = read_times(values, source.format)
        if 2 * read.bad.sum() < (~read.missing).sum() or not (~read.missing).any():
            return None
    fitting = formats_that_read(values)
    if readable and not fitting:
        return None
    return FieldError(key, _text(source, key, file.path.name, values, fitting), "wrong_type")


def _text(source: TimeSource, key: str, file: str, values: Values, fitting: tuple[str, ...]) -> Text:
    told = {"file": file, "column": repr(source.column), "type": values.type}
    example = repr(to_text(values.drop_null())[0].as_py()) if len(values.drop_null()) else "-"
    if not fitting:
        choices = ", ".join(FORMATS)
        return Text(
            "{file}: column {column} holds {type}; expected dates or times. Say how they are written with format: "
            "one of {choices}, or a pattern such as %d-%b-%Y",
            {**told, "choices": choices},
        )
    lines = [_line(key, source, format_) for format_ in fitting]
    if len(fitting) > 1:
        return Text(
            "{file}: column {column} holds {type} such as {example}, and its first rows do not tell which part is the "
            "day; expected dates or times as declared. Write one of: {lines}",
            {**told, "example": example, "lines": " or ".join(lines)},
        )
    return Text(
        "{file}: column {column} holds {type}; expected dates or times as declared. To read {example} as {date}, "
        "write {line}",
        {**told, "example": example, "date": _read_as(values, fitting[0]), "line": lines[0]},
    )


def _line(key: str, source: TimeSource, format_: str) -> str:
    """The line of the mapping that reads the column."""
    entries = {"column": source.column, "format": f"'{format_}'" if "%" in format_ else format_}
    if source.time_column:
        entries["time_column"] = source.time_column
    if source.time_of_day:
        entries["time_of_day"] = source.time_of_day.isoformat("minutes")
    inside = ", ".join(f"{name}: {value}" for name, value in entries.items())
    return f"{key.rpartition('.')[2]}: {{{inside}}}"


def _read_as(values: Values, format_: str) -> str:
    first = read_times(values.drop_null().slice(0, 1), format_)
    moment = _EPOCH + timedelta(microseconds=int(first.us[0]))
    return moment.date().isoformat() if first.is_date[0] else moment.replace(tzinfo=None).isoformat(" ")


def _first_cells(file: SourceFile, column: str) -> Values | None:
    """The first filled cells of a column; none where it is missing, typed as dates, or all empty there."""
    kind = file.schema().field(column).type if column in file.schema().names else pa.null()
    if pa.types.is_null(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return None
    for chunk in file.chunks():
        if chunk.columns.num_rows:
            filled: Values = _filled(chunk.columns.column(column)).slice(0, _SAMPLE)
            return filled if len(filled) else None
    return None


def _filled(values: Values) -> Values:
    """The cells that hold something, in order."""
    filled: Values = values.filter(to_text(values).is_valid())
    return filled
