"""GET /metrics on a real server: what it counts, and that its labels stay few."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(api: httpx.Client) -> Figures:
    response = api.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def figure(found: Figures, name: str, /, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def event(**more: Any) -> dict[str, Any]:
    at = "2017-12-31T10:00:00+08:00"
    return {"event_id": uuid4().hex, "customer_id": "watched", "occurred_at": at, "type": "visit", **more}


def test_requests_are_counted_by_route_and_status(api: httpx.Client) -> None:
    before = figures(api)
    api.get("/v1/customers/c1")
    api.get("/v1/customers/c2")
    api.get("/v1/customers/nobody-at-all")
    after = figures(api)
    for status, count in (("200", 2), ("404", 1)):
        labels = {"method": "GET", "route": "/v1/customers/{customer_id:path}", "status": status}
        change = figure(after, "tagloop_requests_total", **labels) - figure(
            before, "tagloop_requests_total", **labels
        )
        assert change == count
    route = "/v1/customers/{customer_id:path}"
    seconds = figure(after, "tagloop_request_seconds_sum", route=route)
    assert seconds > figure(before, "tagloop_request_seconds_sum", route=route)


def test_paths_and_methods_that_callers_make_up_are_no_labels(api: httpx.Client) -> None:
    for number in range(5):
        api.get(f"/made-up-{number}")
        api.request(f"METHOD{number}", "/v1/tags")
    found = str(figures(api))
    assert "made-up" not in found
    assert "METHOD" not in found
    assert "'none'" in found


def test_events_are_counted_by_what_became_of_them(api: httpx.Client) -> None:
    before = figures(api)
    sent = event()
    api.post("/v1/events", json={"events": [sent, sent]})
    api.post("/v1/events", json={"events": [event(), {**sent, "type": "view"}]})
    after = figures(api)
    for outcome, count in (("accepted", 1), ("duplicate", 1), ("refused", 2)):
        change = figure(after, "tagloop_events_total", outcome=outcome)
        assert change - figure(before, "tagloop_events_total", outcome=outcome) == count


def test_the_models_that_serve_are_named(api: httpx.Client) -> None:
    served = api.get("/v1/models").json()
    found = figures(api)
    for part, model in served["models"].items():
        labels = {"name": model["name"], "version": str(model["version"]), "release_id": served["release_id"]}
        assert figure(found, "tagloop_model_info", part=part, **labels) == 1
    assert 0 < figure(found, "tagloop_release_age_seconds") < 86_400
    assert figure(found, "process_resident_memory_bytes") > 10_000_000


def test_the_queue_shows_what_waits_and_empties(
    start: Callable[..., Any], until: Callable[..., None]
) -> None:
    server = start(TAGLOOP_FLUSH_SECONDS="2")
    with server.client() as api:
        api.post("/v1/events", json={"events": [event(), event()]})
        assert figure(figures(api), "tagloop_events_waiting") == 2
        until(lambda: figure(figures(api), "tagloop_flush_lag_seconds") > 0)
        until(lambda: figure(figures(api), "tagloop_events_waiting") == 0)
        assert figure(figures(api), "tagloop_flush_lag_seconds") == 0


def test_a_store_that_is_away_is_told_and_the_rest_still_answers(start: Callable[..., Any]) -> None:
    server = start(TAGLOOP_FLUSH_SECONDS="1000")
    database = server.home.settings.home / "tagloop.db"
    with server.client() as api:
        assert figure(figures(api), "tagloop_store_up") == 1
        database.write_bytes(b"no database" * 1_000)
        for name in ("tagloop.db-wal", "tagloop.db-shm"):
            (database.parent / name).unlink(missing_ok=True)
        found = figures(api)
    server.process.kill()
    assert figure(found, "tagloop_store_up") == 0
    assert figure(found, "tagloop_requests_total", method="GET", route="/metrics", status="200") == 1


def test_the_figures_need_no_key_and_can_be_turned_off(start: Callable[..., Any]) -> None:
    server = start(TAGLOOP_METRICS="false")
    with server.client(key=None) as api:
        response = api.get("/metrics")
        assert response.status_code == 404
        assert "TAGLOOP_METRICS" in response.json()["detail"]


@pytest.mark.parametrize("path", ["/metrics", "/health"])
def test_what_needs_no_key_says_nothing_about_anybody(server: Any, path: str) -> None:
    with server.client(key=None) as api:
        text = api.get(path).text
    assert "c1" not in text.split()
