"""The field types of requests: each says what it takes, and why it refuses, with a stable code."""

import json
import math
import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from unicodedata import category

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from features.contract import ID_LIMIT, PROPERTIES_LIMIT, TEXT_LIMIT

AMOUNT_DIGITS, AMOUNT_DECIMALS = 18, 4
AMOUNT_PATTERN = r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$"
AMOUNT_NUMBER = {"type": "number", "multipleOf": 0.0001, "minimum": -(10**14) + 1, "maximum": 10**14 - 1}
PROPERTIES_COUNT = 100  # values in all
PROPERTIES_DEPTH = 5  # objects and lists inside each other
KEY_LIMIT = 100  # characters, of a property's name
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
IDENTIFIER_PATTERN = rf"^(?!\.{{1,2}}$)[^\s{_UNSEEN}]([^{_UNSEEN}]*[^\s{_UNSEEN}])?$"  # of the description
CURSOR_PATTERN = r"^risk_[0-9a-f]{24}\.[0-9]{1,9}$"
WHOLE_DIGITS = 9
CURRENCY_PATTERN = r"^[A-Z]{3}$"
ETAG_PATTERN = r'^"[0-9]{1,9}"$'
PROSE_PATTERN = r"^[^\u0000]*$"
FIRST_YEAR, LAST_YEAR = 1900, 2199
_PLAIN_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_DOT_SEGMENTS = frozenset({".", ".."})


class Body(BaseModel):
    """The base of what callers send: unknown fields are refused, and numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """The base of what callers get."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Answer):
    """What people call it."""

    en: str = Field(description="in English", examples=["Coffee"])
    zh: str = Field(description="in Simplified Chinese", examples=["咖啡"])


def _clean(text: str) -> str:
    """The text, when every database and log can hold it."""
    if "\x00" in text:
        raise PydanticCustomError("nul_character", "the text holds a NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("lone_surrogate", "the text holds half of a Unicode pair")
    return text


def _identifier(text: str) -> str:
    if text != text.strip():
        raise PydanticCustomError("surrounding_space", "the text begins or ends with a space")
    _clean(text)
    if text in _DOT_SEGMENTS:
        # In a path these two mean a folder; browsers and clients take them out before they send it.
        raise PydanticCustomError("dot_segment", "an id of dots cannot be addressed")
    if text.isascii() and text.isprintable():  # as nearly all are: looked at at once
        return text
    if any(category(character) in {"Cc", "Zl", "Zp"} or character in OVERRIDES for character in text):
        # Line ends and direction overrides: nobody could read, type or address such an id.
        raise PydanticCustomError("unprintable_character", "the text holds a character that cannot be seen")
    return text


def is_identifier(text: str) -> bool:
    r"""Whether a text that is neither empty nor too long can be an `Identifier`.

    >>> [is_identifier(text) for text in ("1228", "客户 7", " 7", "7\u202e", "..")]
    [True, True, False, False, False]
    """
    try:
        return _identifier(text) == text
    except PydanticCustomError:
        return False


def _instant(value: Any) -> datetime:
    """An aware instant from ISO 8601 text."""
    if not isinstance(value, str):
        raise PydanticCustomError("instant_type", "expected an ISO 8601 text")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("instant_format", "expected ISO 8601") from None
    if instant.tzinfo is None:
        raise PydanticCustomError("naive_instant", "add an offset")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise PydanticCustomError(
            "instant_range", "year out of range", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return instant


def _money(amount: Decimal) -> Decimal:
    # Equal amounts are written alike, so an event that is sent again as 5.0 instead of 5 is the same event.
    return amount.quantize(Decimal(1).scaleb(-AMOUNT_DECIMALS)) + 0


def _yes_or_no(value: Any) -> Any:
    """Of the address `true` or `false` alone: 1, on and yes would be taken as well."""
    if isinstance(value, str) and value not in {"true", "false"}:
        raise PydanticCustomError("bool_type", "expected true or false")
    return value


def _plain_amount(value: Any) -> Any:
    """An amount that is a number, or digits in quotes: Python would also read 1_000, 1e3 and other scripts."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise PydanticCustomError("money_type", "expected a number")
    if isinstance(value, str) and not _PLAIN_DIGITS.fullmatch(value):
        raise PydanticCustomError("money_text", "expected plain digits")
    return value


def _properties(value: dict[str, Any]) -> dict[str, Any]:
    if _values_inside(value, 1) > PROPERTIES_COUNT:
        raise PydanticCustomError("too_many_properties", "too many", {"limit": PROPERTIES_COUNT})
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > PROPERTIES_LIMIT:
        raise PydanticCustomError("properties_too_long", "too long", {"limit": PROPERTIES_LIMIT})
    return value


def _values_inside(value: Any, depth: int) -> int:
    """How many values there are, at any depth; each of them fit to be kept."""
    if isinstance(value, dict | list):
        if depth > PROPERTIES_DEPTH:
            raise PydanticCustomError("nested_too_deeply", "too deep", {"limit": PROPERTIES_DEPTH})
        for key in value if isinstance(value, dict) else ():
            _check_key(key)
        inside = value.values() if isinstance(value, dict) else value
        return sum(_values_inside(part, depth + 1) for part in inside) + (depth > 1)
    if isinstance(value, str):
        _clean(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "expected finite numbers")
    return 1


def _check_key(key: str) -> None:
    if len(key) > KEY_LIMIT:
        raise PydanticCustomError("key_too_long", "too long", {"limit": KEY_LIMIT, "length": len(key)})
    _clean(key)


def _attribute(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("attribute_type", "expected a text or a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "expected a finite number")
    return _clean(str(value))


Identifier = Annotated[
    str,
    Field(min_length=1, max_length=ID_LIMIT, json_schema_extra={"pattern": IDENTIFIER_PATTERN}),
    AfterValidator(_identifier),
]
Prose = Annotated[
    str, Field(max_length=TEXT_LIMIT, json_schema_extra={"pattern": PROSE_PATTERN}), AfterValidator(_clean)
]
AttributeValue = Annotated[
    str,
    BeforeValidator(_attribute),
    Field(min_length=1, max_length=ID_LIMIT),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": ID_LIMIT, "pattern": PROSE_PATTERN},
                {"type": "number"},
            ]
        }
    ),
]
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Money = Annotated[
    Decimal,
    BeforeValidator(_plain_amount),
    Field(max_digits=AMOUNT_DIGITS, decimal_places=AMOUNT_DECIMALS),
    AfterValidator(_money),
    WithJsonSchema({"anyOf": [AMOUNT_NUMBER, {"type": "string", "pattern": AMOUNT_PATTERN}]}),
]
Number = Annotated[float, Field(strict=True)]
Properties = Annotated[
    dict[str, Any],
    AfterValidator(_properties),
    Field(
        json_schema_extra={
            "maxProperties": PROPERTIES_COUNT,
            "propertyNames": {"maxLength": KEY_LIMIT, "pattern": PROSE_PATTERN},
        }
    ),
]


def _whole_number(value: Any) -> Any:
    """Of the address plain digits alone: Python would also read 1_0, +1 and other scripts."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= WHOLE_DIGITS):
        raise PydanticCustomError("whole_number", "expected a whole number")
    return value


def _plain_number(value: Any) -> Any:
    """Of the address a number as JSON writes it: Python would also read 1_0, nan and other scripts."""
    if isinstance(value, str) and not _JSON_NUMBER.fullmatch(value):
        raise PydanticCustomError("plain_number", "expected a number")
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(CURRENCY_PATTERN, value):
        raise PydanticCustomError("currency_code", "expected three capital letters")
    return value


def _entity_tag(value: str) -> str:
    if not re.fullmatch(ETAG_PATTERN, value):
        raise PydanticCustomError("entity_tag", "expected the number of a version in double quotes")
    return value


def _without_fraction(value: Any) -> Any:
    """Of a body what JSON takes for a whole number: 254.0 is one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
WithoutFraction = BeforeValidator(_without_fraction)
Share = Annotated[
    float,
    BeforeValidator(_plain_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
    Field(ge=0, le=1),
]
Cursor = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": CURSOR_PATTERN}),
    AfterValidator(_clean),
]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "boolean"})]
Currency = Annotated[
    str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": CURRENCY_PATTERN})
]
EntityTag = Annotated[
    str, AfterValidator(_entity_tag), WithJsonSchema({"type": "string", "pattern": ETAG_PATTERN})
]
Confidence = Annotated[float, Field(strict=True, ge=0, le=1)]
