import json
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pytest

from core.clock import offset_starting_at
from core.settings import Settings
from core.storage import open_store
from features import counters
from features.lake import Lake
from serving.api.schemas.events import EventsAnswer

NUMBERS = count()
END = datetime(2018, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


def event(customer_id: str = "c5", **more: Any) -> dict[str, Any]:
    base = {
        "event_id": f"live-{next(NUMBERS)}",
        "customer_id": customer_id,
        "occurred_at": "2017-12-31T10:00:00+08:00",
        "type": "purchase",
    }
    return {**base, **more}


def send(api: httpx.Client, *events: dict[str, Any]) -> dict[str, int]:
    response = api.post("/v1/events", json={"events": list(events)})
    assert response.status_code == 200, response.text
    return EventsAnswer.model_validate_json(response.content).model_dump()


def predicted(api: httpx.Client, customer_id: str) -> dict[str, Any]:
    response = api.post("/v1/predict", json={"customers": [{"customer_id": customer_id}]})
    found: dict[str, Any] = response.json()["customers"][0]
    return found


def profile(api: httpx.Client, customer_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/customers/{customer_id}").json()
    return found


def test_the_next_prediction_reflects_an_event(api: httpx.Client) -> None:
    before = predicted(api, "c4")
    send(api, *(event("c4", item_id="c1", order_id=f"o{n}", amount="4.5") for n in range(5)))
    after = predicted(api, "c4")
    assert {tag["key"] for tag in after["tags"]} >= {"coffee"}
    assert after != before


def test_a_clock_that_stands_still_counts_what_was_sent(start: Callable[..., Any]) -> None:
    with start(TAGLOOP_CLOCK="fixed", TAGLOOP_CLOCK_INSTANT=END.isoformat()).client() as api:
        before = predicted(api, "c4")
        send(api, *(event("c4", item_id="c1", order_id=f"o{n}", amount="4.5") for n in range(5)))
        assert predicted(api, "c4")["tags"] != before["tags"]


def test_a_new_customer_comes_to_be_with_the_first_event(api: httpx.Client) -> None:
    assert predicted(api, "newcomer")["status"] == "unknown_customer"
    send(api, event("newcomer", item_id="c1", amount=5))
    assert predicted(api, "newcomer")["status"] == "ok"


def test_an_event_sent_again_counts_once_also_when_written_differently(api: httpx.Client) -> None:
    sent = event("once", amount=5, properties={"a": 1, "b": 2})
    assert send(api, sent, sent) == {"accepted": 1, "duplicates": 1}
    again = {**sent, "amount": "5.00", "properties": {"b": 2, "a": 1}, "occurred_at": "2017-12-31T02:00:00Z"}
    assert send(api, again) == {"accepted": 0, "duplicates": 1}


def test_an_id_used_for_a_different_event_is_a_conflict(api: httpx.Client) -> None:
    sent = event("once", amount=5)
    send(api, sent)
    response = api.post("/v1/events", json={"events": [{**sent, "amount": 6}]})
    assert response.status_code == 409
    assert sent["event_id"] in response.json()["detail"]


def test_one_bad_event_of_ten_stores_none(api: httpx.Client) -> None:
    good = [event("atomic") for _ in range(9)]
    response = api.post("/v1/events", json={"events": [*good, event("atomic", type="teleport")]})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "events.9.type"
    assert api.get("/v1/customers/atomic").status_code == 404
    assert send(api, *good) == {"accepted": 9, "duplicates": 0}


def test_a_type_that_the_shop_registered_is_taken(api: httpx.Client) -> None:
    assert send(api, event("taster", type="tasting"))["accepted"] == 1


def unflushed(settings: Settings) -> int:
    store = open_store(settings)
    with store.read() as connection:
        left = counters.value(connection, "accepted") - counters.value(connection, "flushed")
    store.close()
    return left


def test_the_answer_is_the_same_after_the_event_moved_to_the_lake(
    start: Callable[..., Any], until: Callable[..., None]
) -> None:
    server = start()
    with server.client() as api:
        send(
            api,
            event("mover", item_id="c1", order_id="o", amount=2.5, quantity=1),
            event("mover", item_id="t1"),
        )
        before, seen_before = predicted(api, "mover"), profile(api, "mover")["events"]
        until(lambda: unflushed(server.home.settings) == 0)
        assert len(Lake(server.home.settings.lake_path).read_customer("mover", ["event_id"])) == 2
        assert predicted(api, "mover") == before
        assert profile(api, "mover")["events"] == seen_before


def test_the_last_events_are_in_the_lake_after_a_stop(start: Callable[..., Any]) -> None:
    server = start(TAGLOOP_FLUSH_SECONDS="1000")
    with server.client() as api:
        send(api, event("last"))
    server.process.terminate()
    assert server.process.wait(timeout=30) is not None
    assert len(Lake(server.home.settings.lake_path).read_customer("last", ["event_id"])) == 1


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(start: Callable[..., Any]) -> None:
    # The same clock for both servers: an event received in a clock's future does not count.
    clock = {"TAGLOOP_CLOCK_OFFSET_SECONDS": str(offset_starting_at(END).total_seconds())}
    server = start(TAGLOOP_FLUSH_SECONDS="0.05", **clock)
    acknowledged = []
    with server.client() as api:
        for _ in range(30):
            one = event("survivor")
            send(api, one)
            acknowledged.append(one)
    server.process.kill()
    server.process.wait()
    with start(server.home, **clock).client() as api:
        assert send(api, *acknowledged) == {"accepted": 0, "duplicates": 30}
        (figure,) = [f for f in profile(api, "survivor")["figures"] if f["key"] == "baskets_ever"]
        assert figure["value"] == 30


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"event_id": None}, "string_type"),
        ({"event_id": ""}, "string_too_short"),
        ({"event_id": "x" * 201}, "string_too_long"),
        ({"customer_id": 7}, "string_type"),
        ({"customer_id": "a\x00b"}, "nul_character"),
        ({"customer_id": "\ud800"}, "string_unicode"),
        ({"customer_id": " c1"}, "surrounding_space"),
        ({"customer_id": "c\n1"}, "unprintable_character"),
        ({"customer_id": "c\u202e1"}, "unprintable_character"),
        ({"occurred_at": "yesterday"}, "instant_format"),
        ({"occurred_at": "2017-12-31T10:00:00"}, "naive_instant"),
        ({"occurred_at": "2017-12-31"}, "naive_instant"),
        ({"occurred_at": 1514700000}, "instant_type"),
        ({"occurred_at": "2017-02-30T10:00:00Z"}, "instant_format"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "instant_range"),
        ({"occurred_at": "2019-01-01T00:00:00Z"}, "after_the_clock"),
        ({"type": "purchas"}, "unregistered_type"),
        ({"type": None}, "string_type"),
        ({"amount": "lots"}, "money_text"),
        ({"amount": True}, "money_type"),
        ({"amount": [1]}, "money_type"),
        ({"amount": 1.23456}, "decimal_max_places"),
        ({"amount": 1e15}, "decimal_whole_digits"),
        ({"amount": "9" * 19}, "decimal_max_digits"),
        ({"amount": "NaN"}, "money_text"),
        ({"quantity": "3"}, "float_type"),
        ({"quantity": False}, "float_type"),
        ({"rating": "5 stars"}, "float_type"),
        ({"currency": "USD"}, "other_currency"),
        ({"currency": "yuan"}, "currency_code"),
        ({"properties": [1]}, "dict_type"),
        ({"properties": {"a": "x" * 5000}}, "properties_too_long"),
        ({"properties": {"a": ["\x00"]}}, "nul_character"),
        ({"properties": {"a\ud800": 1}}, "lone_surrogate"),
        ({"text": "x" * 10_001}, "string_too_long"),
        ({"ammount": 1}, "extra_forbidden"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    api: httpx.Client, wrong: dict[str, Any], code: str
) -> None:
    body = json.dumps(
        {"events": [event("refused"), {**event("refused"), **wrong}]}
    )  # escapes what is no text
    response = api.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422, response.text
    (problem,) = response.json()["errors"]
    assert (problem["field"], problem["code"]) == (f"events.1.{next(iter(wrong))}", code)
    assert api.get("/v1/customers/refused").status_code == 404


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["amount", "quantity", "discount", "rating", "text", "properties"])
def test_a_number_that_is_not_finite_is_named(api: httpx.Client, token: str, field: str) -> None:
    value = f'{{"a": [{token}]}}' if field == "properties" else token
    body = (
        '{"events": [{"event_id": "n", "customer_id": "refused", "type": "purchase", '
        f'"occurred_at": "2017-12-31T10:00:00Z", "{field}": {value}}}]}}'
    )
    response = api.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert [one["field"] for one in response.json()["errors"]] == [f"events.0.{field}"]


def test_1000_events_are_taken_and_1001_are_not(api: httpx.Client) -> None:
    events = [event("many") for _ in range(1001)]
    response = api.post("/v1/events", json={"events": events})
    assert response.status_code == 422
    assert "1000" in response.json()["errors"][0]["message"]
    assert send(api, *events[:1000])["accepted"] == 1000


@pytest.mark.parametrize("customer_id", ["客户一", "🙂", "a/b?c#d", "عميل", "x" * 200, "%00", "' OR 1=1 --"])
def test_ids_may_hold_any_text(api: httpx.Client, customer_id: str) -> None:
    send(api, event(customer_id, text="很好 🙂", item_id="c1"))
    assert predicted(api, customer_id)["status"] == "ok"
    path = f"/v1/customers/{quote(customer_id, safe='')}"
    assert api.get(path).json()["customer_id"] == customer_id
