"""What every part of a mapping file is made of: the strict model, and texts with a meaning of their own."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.language import Text
from features.sources.mapping_errors import WrongValueError, near


class Part(BaseModel):
    """A part of a mapping: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def as_list(value: Any) -> Any:
    """A single text as a list of one."""
    return [value] if isinstance(value, str) else value


def or_text(schema: dict[str, Any]) -> None:
    """Tell editors that a plain column name may stand in for the object."""
    whole = {**schema, "minProperties": 1}
    schema.clear()
    schema.update({"anyOf": [{"type": "string", "description": "a column of the file"}, whole]})


def or_one(schema: dict[str, Any]) -> None:
    """Tell editors that one text may stand in for a list."""
    whole = {key: value for key, value in schema.items() if key not in {"description", "title"}}
    for key in whole:
        del schema[key]
    schema["anyOf"] = [{"type": "string"}, whole]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        known = near(name, available_timezones())
        raise WrongValueError(
            Text("{name} is no time zone; expected an IANA name: {near}", {"name": repr(name), "near": known})
        )
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Column = Annotated[str, Field(min_length=1, description="a column of the file")]
