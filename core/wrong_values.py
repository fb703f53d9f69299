"""What pydantic finds wrong with a value of a file, a setting or a call, said in both languages."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.errors import FieldError
from core.language import Text

SHOWN_CHARACTERS = 120

EXPECTED: Mapping[str, Text] = MappingProxyType(
    {
        "missing": Text("this key is required"),
        "union_tag_not_found": Text("below it the key {discriminator} is required"),
        "union_tag_invalid": Text("below it {discriminator} has to be one of {expected_tags}"),
        "extra_forbidden": Text("there is no such key"),
        "literal_error": Text("expected one of {expected}, got {got}"),
        "enum": Text("expected one of {expected}, got {got}"),
        "string_type": Text("expected a text in quotes, got {got}"),
        "string_too_short": Text("expected {min_length} or more characters, got {got}"),
        "string_too_long": Text("expected at most {max_length} characters, got {length}"),
        "string_pattern_mismatch": Text("expected a text of the form {pattern}, got {got}"),
        "too_short": Text("expected {min_length} or more entries, got {actual_length}"),
        "too_long": Text("expected at most {max_length} entries, got {actual_length}"),
        "dict_type": Text("expected keys with values below this key, got {got}"),
        "model_type": Text("expected keys with values below this key, got {got}"),
        "model_attributes_type": Text("expected keys with values below this key, got {got}"),
        "tuple_type": Text("expected a list, got {got}"),
        "list_type": Text("expected a list, got {got}"),
        "bool_type": Text("expected true or false, got {got}"),
        "bool_parsing": Text("expected true or false, got {got}"),
        "int_parsing": Text("expected a whole number, got {got}"),
        "int_type": Text("expected a whole number, got {got}"),
        "int_from_float": Text("expected a whole number, got {got}"),
        "float_parsing": Text("expected a number, got {got}"),
        "finite_number": Text("expected a number, got {got}"),
        "string_unicode": Text("the text holds half of a Unicode pair and is no valid text"),
        "float_type": Text("expected a number, got {got}"),
        "decimal_type": Text("expected a number, got {got}"),
        "greater_than": Text("expected more than {gt}, got {got}"),
        "greater_than_equal": Text("expected at least {ge}, got {got}"),
        "less_than": Text("expected less than {lt}, got {got}"),
        "less_than_equal": Text("expected at most {le}, got {got}"),
        "time_parsing": Text("expected a time of day such as 23:59:59, got {got}"),
        "datetime_from_date_parsing": Text(
            "expected a time in ISO 8601 such as 2017-11-01T09:30:00Z, got {got}"
        ),
        "datetime_parsing": Text("expected a time in ISO 8601 such as 2017-11-01T09:30:00Z, got {got}"),
    }
)
"""By the kind of error as pydantic names it; `got` is the value, and `length` that of a text."""

_OTHER = Text("not as expected: {problem}, got {got}")


class WrongValueError(ValueError):
    """A validator's refusal, with a text that knows both languages."""

    def __init__(self, message: str, /, **values: object) -> None:
        self.text = Text(message, values)
        super().__init__(str(self.text))


def field_errors(error: ValidationError, *, whole: str) -> tuple[FieldError, ...]:
    """One entry for every wrong value: where it is (`whole` if it is all of it) and what was expected there."""
    return wrong_values(error.errors(include_url=False), whole=whole)


def wrong_values(found: Sequence[ErrorDetails], *, whole: str) -> tuple[FieldError, ...]:
    """The same of what pydantic lists."""
    return tuple(
        FieldError(".".join(map(str, one["loc"])) or whole, _message(one), str(one["type"]))
        for one in found
        if not _follows(one, found)
    )


def _follows(one: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether a list is only called too short because its entries were refused."""
    place = one["loc"]
    inside = (
        other for other in found if len(other["loc"]) > len(place) and other["loc"][: len(place)] == place
    )
    return one["type"] == "too_short" and any(inside)


def _message(found: ErrorDetails) -> Text:
    context = found.get("ctx", {})
    own = context.get("error")
    if isinstance(own, WrongValueError):
        return own.text
    return said(found, EXPECTED, _shown(found["input"]))


def said(found: Mapping[str, Any], expected: Mapping[str, Text], got: str) -> Text:
    """One of pydantic's errors in the words of a table; in pydantic's own where the table has none."""
    template = expected.get(found["type"]) or _OTHER
    given = found.get("input")
    values = {**found.get("ctx", {}), "got": got, "problem": found.get("msg", "")}
    if isinstance(given, str):
        values["length"] = len(given)
    return Text(template.message, values)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
