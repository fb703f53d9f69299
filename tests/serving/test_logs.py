"""The log of a real server: one line a request, and nothing that a caller sent."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from core.errors import NotFoundError
from core.storage import open_store
from features.tables import History
from serving.api.problems import of_exception
from serving.logs import without_messages

MARK = "Zhang-San-13800138000"
AT = "2017-12-31T10:00:00+08:00"


def lines(server: Any) -> list[dict[str, Any]]:
    """What the server logged as JSON; it has to have ended, so that all of it is there."""
    server.process.terminate()
    server.process.wait(timeout=30)
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def calls(api: httpx.Client) -> None:
    """Every route, with the mark wherever a caller can put something, well-formed and not."""
    event = {
        "event_id": f"{MARK}-e",
        "customer_id": MARK,
        "occurred_at": AT,
        "type": "message",
        "text": MARK,
        "properties": {MARK: MARK},
    }
    decision = {
        "decision_id": f"{MARK}-d",
        "customer_id": MARK,
        "tag": "coffee",
        "decision": "accept",
        "reviewer": MARK,
        "note": MARK,
    }
    bodies = [
        ("/v1/events", {"events": [event]}),
        ("/v1/events", {"events": [{**event, "text": "other"}]}),  # 409
        ("/v1/events", {"events": [{**event, "type": MARK, "event_id": "e2"}]}),
        ("/v1/events", {"events": [{**event, MARK: MARK}]}),
        ("/v1/events", {MARK: MARK}),
        ("/v1/feedback", decision),
        ("/v1/feedback", {**decision, "note": "other"}),  # 409
        ("/v1/feedback", {**decision, "tag": MARK}),
        ("/v1/predict", {"customers": [{"customer_id": MARK}]}),
        ("/v1/predict", {"customers": [{"customer_id": MARK, "events": [], "attributes": {MARK: MARK}}]}),
    ]
    for path, body in bodies:
        api.post(path, json=body)
        api.post(path, content=f'{{"{MARK}": '.encode(), headers={"Content-Type": "application/json"})
    for path in (
        "/v1/customers/",
        "/v1/tags/",
        "/",
        "/docs-files/",
        "/v1/segments?q=",
        "/docs?lang=",
        "/openapi.json?",
    ):
        api.get(f"{path}{MARK}")
        api.delete(f"{path}{MARK}")
        api.request(MARK, f"{path}{MARK}")
    api.get("/v1/tags", headers={"Authorization": f"Bearer tl_{MARK}_{MARK}", "X-Request-ID": f"<{MARK}>"})
    api.get("/v1/tags", headers={"Accept-Language": MARK, "User-Agent": MARK, "Cookie": MARK})


def test_nothing_that_a_caller_sends_reaches_the_log_whatever_goes_wrong(start: Callable[..., Any]) -> None:
    server = start(TAGLOOP_FLUSH_SECONDS="0.05")
    store = open_store(server.home.settings)
    with server.client() as api:
        calls(api)
        with store.write() as connection:  # a fault of ours: what is kept of a customer cannot be read
            connection.execute(
                update(History).where(History.customer_id == "c1").values(packed=MARK.encode())
            )
        assert api.post("/v1/predict", json={"customers": [{"customer_id": "c1"}]}).status_code == 500
        calls(api)
        new = {"event_id": f"{MARK}-9", "customer_id": MARK, "occurred_at": AT, "type": "view"}
        with store.write():  # and somebody keeps the store for longer than a server waits
            assert api.post("/v1/events", json={"events": [new]}).status_code == 503
        calls(api)
    store.close()
    found = lines(server)
    assert MARK not in server.log.read_text()
    assert MARK.encode() not in server.log.read_bytes()
    assert {line["event"] for line in found} >= {"request", "unhandled", "unavailable"}


def test_each_request_leaves_one_line_that_tells_who_asked_what_and_how_it_went(
    start: Callable[..., Any],
) -> None:
    server = start()
    with server.client() as api:
        api.get("/v1/customers/c1", headers={"X-Request-ID": "crm-1"})
        api.post("/v1/events", json={"events": []}, headers={"X-Request-ID": "crm-2"})
        api.get("/nowhere", headers={"X-Request-ID": "crm-3"})
    found = {line["request_id"]: line for line in lines(server) if line["event"] == "request"}
    key_id = server.home.keys["all"].split("_")[1]
    assert found["crm-1"]["route"] == "/v1/customers/{customer_id:path}"
    assert (found["crm-1"]["status"], found["crm-1"]["key_id"]) == (200, key_id)
    assert 0 < found["crm-1"]["milliseconds"] < 30_000
    assert (found["crm-2"]["status"], found["crm-2"]["problem"]) == (422, "invalid_input")
    assert (found["crm-3"]["status"], found["crm-3"]["route"], found["crm-3"]["key_id"]) == (
        404,
        "none",
        None,
    )
    assert server.home.keys["all"] not in server.log.read_text()


def test_a_fault_leaves_its_types_and_places_and_the_request_id_that_the_caller_got(
    start: Callable[..., Any],
) -> None:
    server = start()
    store = open_store(server.home.settings)
    with store.write() as connection:
        connection.execute(update(History).where(History.customer_id == "c1").values(packed=b"?"))
    store.close()
    with server.client() as api:
        response = api.get("/v1/customers/c1")
    assert response.status_code == 500
    [fault] = [line for line in lines(server) if line["event"] == "unhandled"]
    assert fault["request_id"] == response.headers["x-request-id"] == response.json()["request_id"]
    assert fault["level"] == "error"
    assert any("features/packing.py" in place for error in fault["errors"] for place in error["stack"])


@pytest.mark.parametrize(
    "error",
    [
        KeyError(MARK),
        IntegrityError("INSERT", {"name": MARK}, Exception(MARK)),
        NotFoundError(
            "There is no customer {customer}; customers come with their first event", customer=MARK
        ),
        UnicodeEncodeError("utf-8", MARK, 0, 1, MARK),
    ],
)
def test_an_exception_is_told_without_its_message(error: Exception) -> None:
    cause = ValueError(MARK)
    error.__cause__ = cause
    line = without_messages(None, "error", {"event": "unhandled", "exc_info": error})
    assert MARK not in str(line)
    assert [told["type"].split(".")[-1] for told in line["errors"]] == [type(error).__name__, "ValueError"]


def test_what_of_exception_logs_holds_no_values() -> None:
    with capture_logs(processors=[without_messages]) as found:
        of_exception(KeyError(MARK), "req_1")
    assert MARK not in str(found)
