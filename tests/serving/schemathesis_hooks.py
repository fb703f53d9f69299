"""Valid data that the shop's state would refuse is turned into data that it takes.

No schema can say which instants lie before the clock, and which types, attributes and tags there are. Only what is
valid is replaced, and by something valid: so data that was made wrong stays wrong.
"""

import re
from datetime import datetime
from typing import Any

import schemathesis
from pydantic_core import PydanticCustomError

from features.contract import ID_LIMIT
from serving.api.fields import IDENTIFIER_PATTERN, KEY_LIMIT, PROPERTIES_COUNT, _properties
from serving.api.routes.changes import LONGEST_WAIT
from serving.api.schemas.audience import WHERE_LIMIT
from serving.api.schemas.changes import CURSOR_PATTERN, LATEST
from serving.api.schemas.webhooks import MOST_FILTERS

PAST, TYPE, CURRENCY, WHERE = "2017-12-31T18:30:00+08:00", "purchase", "CNY", "tag.coffee"
URL, URL_LIMIT = "https://crm.example.com/hooks", 2_000
FILTERS = {"tags": "coffee", "kinds": "interest"}


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """The body with instants, types, attributes and currencies that the shop knows."""
    return _taken(body)


@schemathesis.hook
def map_query(_context: Any, query: Any) -> Any:
    """The query with instants before the clock; what is known as of now only is not asked of a past one."""
    known = _taken(query)
    if isinstance(known, dict) and "as_of" in known and "segment" in known:
        return {key: value for key, value in known.items() if key != "as_of"}
    return known


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """The same for bodies and queries that the other hooks do not see."""
    case.body = _taken(case.body)
    case.query = _taken(case.query)


def _taken(value: Any) -> Any:
    if isinstance(value, list):
        return [_taken(part) for part in value]
    if not isinstance(value, dict):
        return value
    value = {key: _filter_taken(key, part) for key, part in value.items()}
    if "searches" in value and _is_instant(value.get("as_of")):
        value = {
            key: part for key, part in value.items() if key != "as_of"
        }  # segments are known as of now only
    return {key: _known(key, part) for key, part in value.items()}


def _filter_taken(key: str, value: Any) -> Any:
    """Tags and kinds that there are in place of a list of others."""
    if key in FILTERS and isinstance(value, list) and 0 < len(value) <= MOST_FILTERS:
        are_names = all(isinstance(one, str) and _is_identifier(one) for one in value)
        return [FILTERS[key]] if are_names else value
    return value


def _known(key: str, value: Any) -> Any:
    if key in {"occurred_at", "as_of", "until"} and _is_instant(value):
        return PAST
    if key == "wait" and str(value).isdecimal() and int(value) <= LONGEST_WAIT:
        return 0  # nobody waits for a change that does not come
    if isinstance(value, str):
        return _known_text(key, value)
    if key == "attributes" and isinstance(value, dict) and _are_attributes(value):
        return {}
    if key == "properties" and isinstance(value, dict):
        return _properties_taken(value)
    return _taken(value)


def _known_text(key: str, value: str) -> str:
    if key == "type" and _is_identifier(value):
        return TYPE
    if key == "after" and re.fullmatch(CURSOR_PATTERN, value):
        return LATEST
    if key == "url" and 0 < len(value) <= URL_LIMIT and "\x00" not in value:
        return URL
    if key == "where" and 0 < len(value) <= WHERE_LIMIT and "\x00" not in value:
        return WHERE
    return CURRENCY if key == "currency" and re.fullmatch("[A-Z]{3}", value) else value


def _is_identifier(value: str) -> bool:
    return bool(re.fullmatch(IDENTIFIER_PATTERN, value)) and len(value) <= ID_LIMIT


def _properties_taken(value: dict[str, Any]) -> dict[str, Any]:
    """None at all in place of some with a NUL deep inside, or with too much in it."""
    if len(value) > PROPERTIES_COUNT or any(len(key) > KEY_LIMIT or "\x00" in key for key in value):
        return value
    try:
        return _properties(value)
    except PydanticCustomError:
        return {}


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _are_attributes(value: dict[str, Any]) -> bool:
    return all(
        re.fullmatch(IDENTIFIER_PATTERN, key)
        and len(key) <= 200
        and not isinstance(one, bool)
        and (isinstance(one, int | float) or (isinstance(one, str) and 0 < len(one) <= 200))
        for key, one in value.items()
    )
