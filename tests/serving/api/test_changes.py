import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from core.clock import OffsetClock
from core.storage import Store, open_store
from serving.api.schemas.changes import ChangesAnswer
from tests.serving.conftest import END, Server
from tests.tags.outbox.feeding import write_changes


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    opened = open_store(server.home.settings)
    yield opened
    opened.close()


def write(store: Store, *tags: str) -> None:
    with store.write() as connection:
        write_changes(connection, tags, at=END)


def read(api: httpx.Client, **asked: object) -> ChangesAnswer:
    response = api.get("/v1/changes", params={name: str(value) for name, value in asked.items()})
    assert response.status_code == 200, response.text
    return ChangesAnswer.model_validate_json(response.content)


# The server's own background writes changes too: each test looks at tags that only it writes.


def test_who_goes_on_from_the_cursor_sees_every_change_once(api: httpx.Client, store: Store) -> None:
    start = read(api, after="latest").next_cursor
    write(store, "own_1", "own_2", "own_1")
    seen, cursor, more = [], start, True
    while more:
        page = read(api, after=cursor, limit=2)
        assert len(page.changes) <= 2
        seen += page.changes
        cursor, more = page.next_cursor, page.has_more
    numbers = [one.seq for one in seen]
    assert numbers == sorted(set(numbers))
    assert [one.tag for one in seen if one.tag.startswith("own")] == ["own_1", "own_2", "own_1"]
    assert [one.tag for one in read(api, after=start, tag="own_2").changes] == ["own_2"]


def test_a_caller_who_waits_gets_a_change_as_soon_as_it_is_there(api: httpx.Client, store: Store) -> None:
    start = read(api, after="latest").next_cursor
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: read(api, after=start, wait=30, tag="own_3"))
        write(store, "own_3")
        assert [one.tag for one in waiting.result(timeout=20).changes] == ["own_3"]


def test_a_wait_ends_with_an_empty_page_that_can_be_gone_on_from(api: httpx.Client, store: Store) -> None:
    start = read(api, after="latest").next_cursor
    began = time.monotonic()
    page = read(api, after=start, wait=1, tag="own_4")
    assert time.monotonic() - began >= 1
    assert page.changes == []
    write(store, "own_4")
    assert [one.tag for one in read(api, after=page.next_cursor, tag="own_4").changes] == ["own_4"]


def test_callers_who_wait_do_not_hold_up_a_server_that_ends(
    start: Callable[..., Server], stop_server: Callable[[Server], None]
) -> None:
    own = start()
    with own.client() as api, ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: read(api, after="latest", wait=30))
        began = time.monotonic()
        stop_server(own)
        assert time.monotonic() - began < 20
        with suppress(httpx.HTTPError):  # it came too late
            waiting.result(timeout=20)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 19, "１"])
def test_what_is_no_cursor_is_refused_by_name(api: httpx.Client, after: str) -> None:
    response = api.get("/v1/changes", params={"after": after})
    assert response.status_code == 422
    (wrong,) = response.json()["errors"]
    assert (wrong["field"], wrong["code"]) == ("after", "change_cursor")


def test_a_cursor_that_is_too_old_is_gone_with_what_to_do(store: Store, api: httpx.Client) -> None:
    old = OffsetClock().now() - timedelta(
        days=9_000
    )  # before any clock of the tests, minus the days that are kept
    start = read(api, after="latest").next_cursor
    with store.write() as connection:
        write_changes(connection, ["coffee"], at=old)
    response = api.get("/v1/changes", params={"after": start}, headers={"Accept-Language": "zh"})
    assert response.status_code == 410
    assert response.json()["code"] == "gone"
    assert "changes_days" in response.json()["detail"]
    assert read(api, after="latest").changes == []
