"""Webhooks of a running server: what changes and what monitoring finds, to targets that come and go."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import select

from core.storage import Store, open_store
from monitoring.alerts import tell
from monitoring.incidents import note
from tags.outbox.tables import Webhook
from tags.profile.tables import Change
from tests.monitoring.test_incidents import AT, alarm, window
from tests.receiver import running_receiver
from tests.serving.conftest import Server
from tests.tags.outbox.feeding import write_changes

LOCAL = {"TAGLOOP_WEBHOOKS_LOCAL": "true", "TAGLOOP_FOLLOW_SECONDS": "0"}


TOLD_BY_NOBODY_ELSE = "gourmet"
"""A tag that the server's own models and rules never give: what changes of it is what a test wrote."""


def store_of(server: Server) -> Store:
    return open_store(server.home.settings)


def write(server: Server, *tags: str) -> None:
    store = store_of(server)
    with store.write() as connection:
        write_changes(connection, tags, at=datetime.now(UTC))
    store.close()


def made(server: Server, url: str, **wants: Any) -> dict[str, str]:
    with server.client() as api:
        answer = api.post("/v1/webhooks", json={"url": url, **wants})
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


def test_a_server_pushes_what_changes_and_the_next_one_what_its_target_missed(
    start: Callable[..., Server],
    stop_server: Callable[[Server], None],
    until: Callable[..., None],
) -> None:
    with running_receiver() as target:
        port = int(target.url.split(":")[2].split("/")[0])
        server = start(**LOCAL)
        hook = made(server, target.url, tags=[TOLD_BY_NOBODY_ELSE])
        write(server, *[TOLD_BY_NOBODY_ELSE] * 150)
        until(lambda: len(target.changes(hook["secret"])) == 150)
        first = target.changes(hook["secret"])
    write(server, TOLD_BY_NOBODY_ELSE)  # nobody listens now
    until(lambda: failing(server))
    stop_server(server)
    write(server, TOLD_BY_NOBODY_ELSE)
    with running_receiver(port) as target:
        second = start(server.home, **LOCAL)
        with second.client() as api:
            assert api.post(f"/v1/webhooks/{hook['webhook_id']}/test").json()["taken"]
            until(lambda: standing_of(api, hook) == (0, 0, None))  # at once: its target is back
        missed = target.changes(hook["secret"])
    assert [*first, *missed] == numbers_of(server)


def test_a_server_pushes_what_monitoring_finds_to_whom_wants_alerts(
    start: Callable[..., Server], until: Callable[..., None]
) -> None:
    with running_receiver() as wants_them, running_receiver() as does_not:
        server = start(**LOCAL)
        hook = made(server, wants_them.url, tags=[TOLD_BY_NOBODY_ELSE], alerts=True)
        made(server, does_not.url, tags=[TOLD_BY_NOBODY_ELSE])
        store = store_of(server)
        with store.write() as connection:
            news = note(connection, [alarm("parity", "critical")], release_id="r", at=AT)
            tell(connection, news, window())
        store.close()
        until(lambda: wants_them.received)
        said = wants_them.received[0].verified(hook["secret"])
        write(server, TOLD_BY_NOBODY_ELSE)
        until(lambda: does_not.received)
    assert (said["type"], said["data"]["state"], said["data"]["check"]) == ("drift.alert", "opened", "parity")
    assert [json.loads(one.body)["type"] for one in does_not.received] == ["tags.changed"]


def standing_of(api: httpx.Client, hook: dict[str, str]) -> tuple[int, int, str | None]:
    """How many changes the webhook has not taken, how often it failed to, and why."""
    entry = api.get(f"/v1/webhooks/{hook['webhook_id']}").json()
    return entry["behind"], entry["attempts"], entry["last_error"]


def numbers_of(server: Server) -> list[int]:
    """The numbers of the changes that the tests wrote."""
    store = store_of(server)
    with store.read() as connection:
        query = select(Change.seq).where(Change.tag == TOLD_BY_NOBODY_ELSE).order_by(Change.seq)
        found = list(connection.scalars(query))
    store.close()
    return found


def failing(server: Server) -> bool:
    store = store_of(server)
    with store.read() as connection:
        attempts = connection.scalar(select(Webhook.attempts))
    store.close()
    return bool(attempts)
