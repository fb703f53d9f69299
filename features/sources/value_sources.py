"""Where the value of one field of the contract comes from: a column, a constant, or a little arithmetic."""

from datetime import time
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from core.language import Text
from features.sources.mapping_errors import WrongValueError
from features.sources.part import Column, Part, or_text

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
    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            choices = ", ".join(type(self).model_fields)
            raise WrongValueError(Text("expected exactly one of {choices}", {"choices": choices}))
        return self


class TextSource(_OneOf):
    """A text: a column, or one constant for every row."""

    column: Column = Field(default="", description="a column of the file")
    constant: str = Field(default="", min_length=1, description="the same text for every row")


class NumberSource(_OneOf):
    """A number: a column, a constant for every row, or the sum of columns (an empty cell counts as 0)."""

    column: Column = Field(default="", description="a column of the file")
    constant: float = Field(default=0.0, allow_inf_nan=False, description="the same number for every row")
    sum: tuple[Column, ...] = Field(
        default=(), min_length=1, max_length=8, description="up to 8 columns to add up"
    )


class TimeSource(_Source):
    """An instant: a column of ISO dates or times, and what to do with plain dates."""

    column: Column = Field(description="a column of the file")
    time_of_day: TimeOfDay | None = Field(
        default=None,
        description="only the column's calendar date counts, and the instant is this local time of it",
    )
