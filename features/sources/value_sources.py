"""Where the value of one field of the contract comes from: a column, a constant, or a little arithmetic."""

from datetime import datetime, time
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from core.language import Text
from features.sources.mapping_errors import WrongValueError
from features.sources.part import Column, Part, or_text
from features.sources.values.time_formats import FORMATS

JSON_LIST = "json"
_FORMAT_SCHEMA = {"type": "string", "anyOf": [{"enum": list(FORMATS)}, {"pattern": "%"}]}


def _known_format(text: str) -> str:
    if text in FORMATS:
        return text
    try:
        written = _SOME_DAY.strftime(text) if "%" in text else ""
        if written and datetime.strptime(written, text).date() == _SOME_DAY.date():  # noqa: DTZ007 (a test)
            return text
    except ValueError:
        pass
    raise WrongValueError(
        Text(
            "{format} is no format of dates; expected one of {choices}, or a pattern with day, month and year such as "
            "{example}",
            {"format": repr(text), "choices": ", ".join(FORMATS), "example": "%d-%b-%Y %H:%M"},
        )
    )


_SOME_DAY = datetime(2013, 12, 31, 22, 58, 59)  # noqa: DTZ001 (only its digits count)
TimeOfDay = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"})
]


class _Source(Part):
    """Where the value of one contract field comes from; a plain text is the name of a column."""

    model_config = ConfigDict(json_schema_extra=or_text)

    @model_validator(mode="before")
    @classmethod
    def _column_name(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value


class _OneOf(_Source):
    """Exactly one of some keys; the others say more about a column."""

    _choices: ClassVar[tuple[str, ...]]

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = self.model_fields_set & set(self._choices)
        if len(given) != 1:
            choices = ", ".join(self._choices)
            raise WrongValueError(Text("expected exactly one of {choices}", {"choices": choices}))
        return self


class TextSource(_OneOf):
    """A text: a column, or one constant for every row; a column's values may be renamed."""

    _choices: ClassVar[tuple[str, ...]] = ("column", "constant")

    column: Column = Field(default="", description="a column of the file")
    constant: str = Field(default="", min_length=1, description="the same text for every row")
    values: dict[str, str] = Field(
        default_factory=dict,
        description="what the column's values mean, such as {pv: view, 收藏: favourite}; an empty key is an empty cell",
    )
    other: Literal["reject", "skip", "keep"] = Field(
        default="reject",
        description="what happens to a row whose value is not among values: rejected, skipped, or kept as it is",
    )

    @model_validator(mode="after")
    def _values_of_a_column(self) -> Self:
        if (self.values or "other" in self.model_fields_set) and not (self.column and self.values):
            raise WrongValueError(Text("values and other belong together, and to a column"))
        return self


class NumberSource(_OneOf):
    """A number: a column, a constant, or the sum or product of columns (an empty cell counts as 0 in a sum)."""

    _choices: ClassVar[tuple[str, ...]] = ("column", "constant", "sum", "product")

    column: Column = Field(default="", description="a column of the file")
    constant: float = Field(default=0.0, allow_inf_nan=False, description="the same number for every row")
    sum: tuple[Column, ...] = Field(
        default=(), min_length=1, max_length=8, description="up to 8 columns to add up"
    )
    product: tuple[Column, ...] = Field(
        default=(),
        min_length=2,
        max_length=4,
        description="columns to multiply, such as quantity and unit price",
    )


def _or_columns(schema: dict[str, Any]) -> None:
    """Tell editors that a column, or the columns of a path's levels, may stand in for the object."""
    whole = {**schema, "minProperties": 1}
    schema.clear()
    column = {"type": "string", "description": "a column of the file"}
    levels = {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "description": "the levels of a path",
    }
    schema.update({"anyOf": [column, levels, whole]})


def _as_names(value: Any) -> Any:
    """A list of flag columns: each is named as the category."""
    return {name: name for name in value} if isinstance(value, list) else value


class CategorySource(_OneOf):
    """Categories of an item: one column, the columns of a path's levels, or a column for every category."""

    model_config = ConfigDict(json_schema_extra=_or_columns)
    _choices: ClassVar[tuple[str, ...]] = ("column", "path", "flags")

    column: Column = Field(
        default="", description="a column with one category, or with several or a path in a cell"
    )
    split: str = Field(
        default="",
        description=f"what parts several categories in a cell, such as |; {JSON_LIST}: the cell is a JSON list",
    )
    levels: str = Field(
        default="", description="what parts the levels of a path in a cell, widest first, such as >"
    )
    path: tuple[Column, ...] = Field(
        default=(),
        min_length=1,
        description="columns of a path, widest first; it ends at its first empty level",
    )
    flags: Annotated[dict[Column, str], BeforeValidator(_as_names)] = Field(
        default_factory=dict,
        min_length=1,
        description="columns that say yes or no (1 or 0) for a category each, and its name; or a list of them",
    )

    @model_validator(mode="before")
    @classmethod
    def _path_of_columns(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _parted_cells_of_a_column(self) -> Self:
        if (self.split or self.levels) and not self.column:
            raise WrongValueError(Text("split and levels take the cells of one column apart: give column"))
        return self


class TimeSource(_Source):
    """An instant: a column of dates or times, how they are written, and what to do with plain dates."""

    column: Column = Field(description="a column of the file")
    format: Annotated[str, AfterValidator(_known_format), WithJsonSchema(_FORMAT_SCHEMA)] = Field(
        default="iso",
        description="iso: 2024-12-31 18:05; YYYYMMDD: 20241231, with HHMM or HHMMSS behind it or not; epoch_seconds "
        "and so on: since 1970 UTC; day_first: 31/12/2024 18:05 or 31.12.2024; month_first: 12/31/2024; year_first: "
        "2024/12/31 or 2024年12月31日; excel: a sheet's serial number; or a pattern such as %d-%b-%Y",
    )
    time_column: Column | None = Field(
        default=None, description="a second column with the time of day, such as 18:05 or 1805"
    )
    time_of_day: TimeOfDay | None = Field(
        default=None,
        description="only the column's calendar date counts, and the instant is this local time of it",
    )

    @model_validator(mode="after")
    def _one_time_of_day(self) -> Self:
        if self.time_of_day and self.time_column:
            raise WrongValueError(Text("time_of_day and time_column contradict each other: keep one"))
        return self
