"""A real server keeps profiles current by itself: everybody when it starts, touched customers within seconds."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.storage import open_store
from serving.snapshot import load_tags
from serving.tagging.refreshing import refresh
from tags.catalogue.store import put_tags
from tests.serving.conftest import END, Home, Server, start_server
from tests.serving.tagging.test_refreshing import FREQUENT, LIKELY

PATIENCE_SECONDS = 60


@pytest.fixture
def server(trained_home: Home, tmp_path: Path) -> Iterator[Server]:
    home = trained_home.copy_to(tmp_path / "shop")
    store = open_store(home.settings)
    load_tags(home.settings, store)
    with store.write() as connection:
        put_tags(connection, [FREQUENT, LIKELY], by="lin", origin="api", now=END)
    store.close()
    running = start_server(home)
    yield running
    running.process.terminate()
    running.process.wait(timeout=30)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def assignments(api: httpx.Client, customer: str) -> dict[str, Any]:
    found = api.get(f"/v1/customers/{customer}/tags").json()["assignments"]
    return {one["tag"]: one for one in found}


def test_a_server_works_everybody_out_and_follows_words_and_events_by_itself(server: Server) -> None:
    api = server.client()
    until(lambda: "rules" in api.get("/v1/customers/c6/tags").json()["computed"])
    assert "frequent" in assignments(api, "c6")
    assert "coffee" in assignments(api, "c11")
    assert "coffee" not in assignments(api, "c6")
    word = {"word_id": "w1", "by": "lin"}
    assert api.put("/v1/customers/c6/tags/coffee", json=word).status_code == 200
    until(lambda: "likely" in assignments(api, "c6"))
    before = assignments(api, "c6")["likely"]["from"]
    event = {
        "event_id": "back",
        "customer_id": "c6",
        "type": "refund",
        "occurred_at": END.isoformat(),
        "item_id": "b1",
        "order_id": "back",
    }
    assert api.post("/v1/events", json={"events": [event]}).status_code == 200
    assert api.delete("/v1/customers/c6/tags/coffee/word").json() == {"status": "taken_back"}
    until(lambda: "likely" not in assignments(api, "c6"))
    removed = api.get("/v1/customers/c6/history", params={"tag": "likely"}).json()["changes"][0]
    assert (removed["change"], removed["because"], removed["at"] > before) == ("removed", "no_longer", True)


def test_a_refresh_by_command_beside_a_server_leaves_nothing_to_do(server: Server) -> None:
    api = server.client()
    until(lambda: "models" in api.get("/v1/customers/c6/tags").json()["computed"])
    settings = server.home.settings
    store = open_store(settings)
    try:
        assert refresh(settings, store, settings.make_clock()) is None
    finally:
        store.close()
