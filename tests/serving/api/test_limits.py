"""What is too much is refused with a 4xx that names the field, before or after the body is read."""

import json
from typing import Any

import httpx
import pytest

from features.contract import ID_LIMIT, TEXT_LIMIT
from serving.api.fields import KEY_LIMIT, PROPERTIES_COUNT, PROPERTIES_DEPTH
from serving.api.gate import ADDRESS_BYTES, HEADER_BYTES, HEADERS
from serving.api.problems import MEDIA_TYPE, Problem
from serving.api.schemas.events import EVENTS_A_CALL

EVENT = {"event_id": "e", "customer_id": "c", "type": "purchase", "occurred_at": "2017-12-31T10:00:00Z"}


def problem(response: httpx.Response, status: int) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    return Problem.model_validate_json(response.content)


def refused(api: httpx.Client, **more: Any) -> tuple[str, str]:
    """The field that is refused in an event, and the code."""
    response = api.post("/v1/events", content=json.dumps({"events": [{**EVENT, **more}]}), headers=JSON)
    [field] = problem(response, 422).errors
    return field.field, field.code


JSON = {"Content-Type": "application/json"}


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return {"a": value}


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        (
            {"properties": {f"k{n}": 1 for n in range(PROPERTIES_COUNT + 1)}},
            "properties",
            "too_many_properties",
        ),
        ({"properties": {"a": [1] * PROPERTIES_COUNT}}, "properties", "too_many_properties"),
        ({"properties": nested(PROPERTIES_DEPTH)}, "properties", "nested_too_deeply"),
        ({"properties": nested(150)}, "properties", "nested_too_deeply"),
        ({"properties": {"k" * (KEY_LIMIT + 1): 1}}, "properties", "key_too_long"),
        ({"properties": {"a": "长" * 4_000}}, "properties", "properties_too_long"),
        ({"properties": {"a": {"b\x00": 1}}}, "properties", "nul_character"),
        ({"properties": {"a": ["\ud800"]}}, "properties", "lone_surrogate"),
        ({"properties": {"a": [float("nan")]}}, "properties", "finite_number"),
        ({"text": "字" * (TEXT_LIMIT + 1)}, "text", "string_too_long"),
        ({"item_id": "字" * (ID_LIMIT + 1)}, "item_id", "string_too_long"),
        ({"amount": "1_000"}, "amount", "money_text"),
        ({"amount": "1e3"}, "amount", "money_text"),
        ({"amount": "１２"}, "amount", "money_text"),
        ({"amount": " 1"}, "amount", "money_text"),
        ({"amount": "1\n"}, "amount", "money_text"),
        ({"amount": "+1"}, "amount", "money_text"),
        ({"amount": "Infinity"}, "amount", "money_text"),
        ({"amount": 1e400}, "amount", "finite_number"),
        ({"customer_id": ".."}, "customer_id", "dot_segment"),
    ],
)
def test_a_field_that_is_too_much_is_named(
    api: httpx.Client, more: dict[str, Any], field: str, code: str
) -> None:
    assert refused(api, **more) == (f"events.0.{field}", code)


def test_the_most_that_is_taken_is_taken(api: httpx.Client) -> None:
    full = {
        **EVENT,
        "event_id": "full",
        "customer_id": "很" * ID_LIMIT,
        "text": "字" * TEXT_LIMIT,
        "amount": "-99999999999999.9999",
        "properties": {
            "k" * KEY_LIMIT: nested(PROPERTIES_DEPTH - 2),
            **{str(n): n for n in range(PROPERTIES_COUNT - 10)},
        },
    }
    response = api.post("/v1/events", json={"events": [full]})
    assert response.status_code == 200, response.text


def test_a_text_that_only_looks_like_an_escaped_nul_is_taken(api: httpx.Client) -> None:
    event = {**EVENT, "event_id": "backslash", "properties": {"path": "\\u0000"}}
    assert api.post("/v1/events", json={"events": [event]}).status_code == 200


def test_more_events_than_a_call_takes_are_refused(api: httpx.Client) -> None:
    events = [EVENT] * (EVENTS_A_CALL + 1)
    [field] = problem(api.post("/v1/events", json={"events": events}), 422).errors
    assert (field.field, field.code) == ("events", "too_long")


def test_headers_that_are_too_large_are_refused_and_the_longest_is_named(api: httpx.Client) -> None:
    found = problem(api.get("/v1/tags", headers={"X-Long": "x" * HEADER_BYTES}), 431)
    assert found.errors[0].field == "x-long"
    assert str(HEADER_BYTES) in found.detail


def test_too_many_headers_are_refused(api: httpx.Client) -> None:
    headers = {f"X-{number}": "1" for number in range(HEADERS)}
    assert problem(api.get("/v1/tags", headers=headers), 431).code == "headers_too_large"


def test_an_address_that_is_too_long_is_refused(api: httpx.Client) -> None:
    assert problem(api.get(f"/v1/customers/{'x' * ADDRESS_BYTES}"), 414).code == "address_too_long"
    assert problem(api.get(f"/v1/tags?{'x' * ADDRESS_BYTES}"), 414).code == "address_too_long"


@pytest.mark.parametrize("path", ["/v1/customers/%FF", "/v1/customers/%ED%A0%80", "/%C3"])
def test_a_path_that_is_no_text_is_refused(server: Any, path: str) -> None:
    request = httpx.Request("GET", server.url)
    request.url = httpx.URL(scheme="http", host="127.0.0.1", port=request.url.port, raw_path=path.encode())
    with server.client() as api:
        request.headers.update(api.headers)
        assert problem(api.send(request), 400).code == "malformed_address"


def given(*events: dict[str, Any]) -> dict[str, Any]:
    return {"customers": [{"events": list(events)}]}


def test_an_event_given_twice_to_predict_counts_once(api: httpx.Client) -> None:
    one = {
        "event_id": "e",
        "occurred_at": "2017-12-30T10:00:00Z",
        "type": "purchase",
        "item_id": "c1",
        "amount": 5,
    }
    once, twice = (api.post("/v1/predict", json=given(*events)).json() for events in ((one,), (one, one)))
    assert twice["customers"] == once["customers"]


def test_two_events_under_one_id_given_to_predict_are_refused(api: httpx.Client) -> None:
    one = {"event_id": "e", "occurred_at": "2017-12-30T10:00:00Z", "type": "purchase", "amount": 5}
    [field] = problem(api.post("/v1/predict", json=given(one, {**one, "amount": 6})), 422).errors
    assert (field.field, field.code) == ("customers.0.events.1.event_id", "id_of_another_event")


def test_events_without_an_id_given_to_predict_all_count(api: httpx.Client) -> None:
    one = {"occurred_at": "2017-12-30T10:00:00Z", "type": "purchase", "item_id": "c1", "amount": 5}
    named = {**one, "event_id": "00000"}
    once, thrice = (
        api.post("/v1/predict", json=given(*events)).json()["customers"][0]
        for events in ((one,), (one, one, named))
    )
    assert once != thrice
