"""Validation errors turned into messages that name the field, what was expected and what was got."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core import wrong_values
from core.errors import FieldError, InvalidInputError
from core.language import Text

SHOWN_CHARACTERS = 60
SHOWN_FIELDS = 20

EXPECTED: Mapping[str, Text] = MappingProxyType(
    {
        **wrong_values.EXPECTED,
        "missing": Text("this field is required"),
        "extra_forbidden": Text("there is no such field; /docs lists the fields"),
        "nul_character": Text("a text must not hold the character NUL (\\u0000)"),
        "lone_surrogate": Text("the text holds half of a Unicode pair and is no valid text"),
        "surrounding_space": Text("expected no spaces around it, got {got}"),
        "unprintable_character": Text("expected only characters that can be seen, got {got}"),
        "currency_code": Text("expected three capital letters such as CNY, got {got}"),
        "entity_tag": Text('expected the number of a version in double quotes, such as "3", got {got}'),
        "money_type": Text("expected a number, or a number in quotes, got {got}"),
        "money_text": Text("expected plain digits such as 12.5, got {got}"),
        "decimal_parsing": Text("expected a number such as 12.5, got {got}"),
        "decimal_max_digits": Text("expected at most {max_digits} digits, got {got}"),
        "decimal_max_places": Text("expected at most {decimal_places} decimals, got {got}"),
        "decimal_whole_digits": Text("expected at most {whole_digits} digits before the point, got {got}"),
        "finite_number": Text("expected a finite number, got {got}: NaN and infinity are refused"),
        "instant_type": Text("expected a time in quotes such as 2017-11-01T09:30:00Z, got {got}"),
        "instant_format": Text("expected a time in ISO 8601 such as 2017-11-01T09:30:00Z, got {got}"),
        "naive_instant": Text(
            "add an offset: {got} may be any zone's time; write it like 2017-11-01T09:30:00+08:00"
        ),
        "instant_range": Text("expected a year from {first} to {last}, got {got}"),
        "properties_too_long": Text("expected at most {limit} characters of JSON"),
        "too_many_properties": Text("expected at most {limit} values in it"),
        "nested_too_deeply": Text("expected at most {limit} objects and lists inside each other"),
        "key_too_long": Text("expected names of at most {limit} characters in it, one has {length}"),
        "dot_segment": Text("{got} means a folder in a web address and cannot be an id"),
        "attribute_type": Text("expected a text or a number, got {got}"),
        "dict_type": Text("expected an object in braces, got {got}"),
        "model_attributes_type": Text("expected an object in braces, got {got}"),
        "model_type": Text("expected an object in braces, got {got}"),
        "too_long": Text("expected at most {max_length} in one call, got {actual_length}"),
        "neither_id_nor_events": Text(
            "give customer_id for a stored customer, or events for one that is not stored"
        ),
        "too_many_to_explain": Text(
            "expected at most {limit} customers in a call with explain, got {length}"
        ),
        "whole_number": Text("expected a whole number, got {got}"),
        "plain_number": Text("expected a number such as 0.15, got {got}"),
        "change_cursor": Text("expected next_cursor of a page before, or the word latest, got {got}"),
        "audience_cursor": Text("expected next_cursor of a page before, got {got}"),
        "attributes_without_events": Text("attributes belong to given events; a stored customer has its own"),
    }
)
"""What is said of the values of a file, in the words of JSON where they differ, and what our own fields refuse."""


def to_domain(errors: Sequence[Mapping[str, Any]]) -> InvalidInputError:
    """The one error that names all wrong fields (the first of them, where there are very many)."""
    fields = tuple(_field_error(error) for error in errors[:SHOWN_FIELDS])
    return InvalidInputError("{count} fields are not as expected", count=len(errors), fields=fields)


def _field_error(error: Mapping[str, Any]) -> FieldError:
    text = wrong_values.said(error, EXPECTED, shown(error.get("input")))
    return FieldError(_path(error["loc"]), text, str(error["type"]))


def _path(location: Sequence[str | int]) -> str:
    """`events.3.amount` of `("body", "events", 3, "amount")`; "body" where it is all of it."""
    inner = location[1:] if location and location[0] in {"body", "path", "query", "header"} else location
    return ".".join(shown_key(part) for part in inner) or str(location[0] if location else "body")


def shown_key(part: str | int) -> str:
    """A field's name, cut where it is very long; names come from callers too."""
    text = str(part).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def shown(value: Any) -> str:
    """A value as JSON, cut where it is long.

    >>> shown("5"), shown(5), shown(None), shown(float("nan")), shown({"a": 1})
    ('"5"', '5', 'null', 'NaN', '{…}')
    """
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[…]"
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        value = value[:SHOWN_CHARACTERS] + "…"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()[: 2 * SHOWN_CHARACTERS]
