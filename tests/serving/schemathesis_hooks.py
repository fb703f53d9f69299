"""Valid data that the shop's state would refuse is turned into data that it takes.

No schema can say which instants lie before the clock, and which types, attributes and tags there are. Only what is
valid is replaced, and by something valid: so data that was made wrong stays wrong.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import schemathesis
from pydantic_core import PydanticCustomError
from schemathesis.generation import GenerationMode

from features.contract import ID_LIMIT
from serving.api.fields import (
    CURRENCY_PATTERN,
    IDENTIFIER_PATTERN,
    KEY_LIMIT,
    PROPERTIES_COUNT,
    _properties,
)
from serving.api.routes.changes import LONGEST_WAIT
from serving.api.schemas.audience import CURSOR_LIMIT, WHERE_LIMIT, cursor_of
from serving.api.schemas.audience import CURSOR_PATTERN as AUDIENCE_CURSOR
from serving.api.schemas.changes import CURSOR_PATTERN, LATEST
from serving.api.schemas.webhooks import MOST_FILTERS

PAST, TYPE, CURRENCY, WHERE = "2017-12-31T18:30:00+08:00", "purchase", "CNY", "tag.coffee"
URL, URL_LIMIT = "https://crm.example.com/hooks", 2_000
NAME_LIMIT = 40  # longer ones are left as they are
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
    """The same for bodies and queries that the other hooks do not see; and what a body's parts have to fit."""
    case.body = _taken(case.body)
    case.query = _taken(case.query)
    is_valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    fitted = FITTED.get((case.method, case.operation.path))
    if is_valid and case.headers:
        case.headers.pop("If-Match", None)  # it would be sent without its double quotes
    if is_valid and fitted is not None and isinstance(case.body, dict):
        case.body = fitted(case.body, case.path_parameters or {})


def _fitting_tag(body: dict[str, Any], path: dict[str, Any]) -> dict[str, Any]:
    """A definition of one kind: its parts each are valid, and hardly ever together."""
    independent = {
        "name",
        "definition",
        "kind",
        "floor",
        "target_precision",
        "confidence",
    }
    kept = {key: value for key, value in body.items() if key in independent}
    return {**kept, "key": path["key"], "method": "rule", "rule": {"when": "spend_84d > 10"}}


def _fitting_group(body: dict[str, Any], path: dict[str, Any]) -> dict[str, Any]:
    return {**body, "key": path["key"], "exclusive": True, "order": []}


def _fitting_preview(body: dict[str, Any], _path: dict[str, Any]) -> dict[str, Any]:
    fitting = {"when": "spend_84d > 10", "value": "spend_84d"}
    return {key: fitting.get(key, value) if value is not None else None for key, value in body.items()}


def _fitting_pack(body: dict[str, Any], _path: dict[str, Any]) -> dict[str, Any]:
    return {**body, "include": [], "attributes": {}, "channels": {}, "events": {}}


FITTED: dict[tuple[str, str], Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
    ("PUT", "/v1/tags/{key}"): _fitting_tag,
    ("PUT", "/v1/tag-groups/{key}"): _fitting_group,
    ("POST", "/v1/tags/preview"): _fitting_preview,
    ("POST", "/v1/packs/{key}/activate"): _fitting_pack,
}


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
    known = KNOWN_TEXTS.get(key)
    return known[1] if known is not None and known[0](value) else value


def _is_identifier(value: str) -> bool:
    return bool(re.fullmatch(IDENTIFIER_PATTERN, value)) and len(value) <= ID_LIMIT


def _is_text(value: str, limit: int) -> bool:
    return 0 < len(value) <= limit and "\x00" not in value


def _is_cursor(value: str) -> bool:
    return 2 <= len(value) <= CURSOR_LIMIT and bool(re.fullmatch(AUDIENCE_CURSOR, value))


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


KNOWN_TEXTS: dict[str, tuple[Callable[[str], bool], str]] = {
    "type": (_is_identifier, TYPE),
    "after": (lambda value: bool(re.fullmatch(CURSOR_PATTERN, value)), LATEST),
    "cursor": (_is_cursor, cursor_of("c1")),
    "url": (lambda value: _is_text(value, URL_LIMIT), URL),
    "where": (lambda value: _is_text(value, WHERE_LIMIT), WHERE),
    "en": (lambda value: _is_text(value, NAME_LIMIT), "Name"),  # what is valid need not be readable
    "zh": (lambda value: _is_text(value, NAME_LIMIT), "名称"),
    "currency": (lambda value: bool(re.fullmatch(CURRENCY_PATTERN, value)), CURRENCY),
}
"""By field, which texts are valid as the description says it, and what the shop takes in their place."""
