"""An alert reaches each webhook that wants alerts once, signed, and is tried again until it is taken or given up."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

import pytest

from core.storage import Store
from tags.outbox.alerts import AlertToSend, alerts_wait, begin_alerts, post, settle_alert
from tags.outbox.backoff import DELAYS
from tags.outbox.delivering import LEASE
from tags.outbox.sending import Answer
from tags.outbox.trying import send_once
from tags.outbox.webhooks import Hook, Wants, end, hook_of, register
from tags.taxonomy import Taxonomy
from tests.receiver import Receiver

Make = Callable[..., Hook]


@cache
def beginning() -> datetime:
    """Receivers hold a signature's time against the wall clock."""
    return datetime.now(UTC)


@pytest.fixture
def make(store: Store, taxonomy: Taxonomy, receiver: Receiver) -> Make:
    def made(*, alerts: bool = True) -> Hook:
        with store.write() as connection:
            return register(
                connection,
                receiver.url,
                Wants(alerts=alerts),
                taxonomy=taxonomy,
                local=True,
                after=None,
                now=beginning(),
            )

    return made


def posted(store: Store, **data: Any) -> int:
    with store.write() as connection:
        return post(connection, "drift.alert", data, now=beginning())


def begun(store: Store, now: datetime | None = None) -> list[AlertToSend]:
    with store.write() as connection:
        return begin_alerts(connection, now=now or beginning())


def settled(store: Store, one: AlertToSend, answer: Answer, now: datetime | None = None) -> None:
    with store.write() as connection:
        settle_alert(connection, one, answer, Random(7), now=now or beginning())  # noqa: S311 (jitter)


def sent(one: AlertToSend) -> Answer:
    return send_once(one.url, one.secret, one.delivery_id, one.body, local=True, now=beginning())


def test_who_wants_alerts_gets_them_signed_and_once(store: Store, make: Make, receiver: Receiver) -> None:
    hook, _other = make(), make(alerts=False)
    assert posted(store, severity="critical") == 1
    (one,) = begun(store)
    settled(store, one, sent(one))
    assert begun(store) == []
    (received,) = receiver.received
    assert received.verified(hook.secret) == {
        "type": "drift.alert",
        "timestamp": beginning().isoformat(),
        "data": {"severity": "critical"},
    }


def test_an_alert_that_nobody_wants_is_not_kept(store: Store, make: Make) -> None:
    make(alerts=False)
    assert posted(store) == 0
    with store.read() as connection:
        assert not alerts_wait(connection, now=beginning())


def test_two_servers_do_not_send_the_same_alert(store: Store, make: Make) -> None:
    make()
    posted(store)
    assert len(begun(store)) == 1
    assert begun(store) == []
    assert len(begun(store, beginning() + LEASE)) == 1  # the first one died


def test_a_failed_alert_is_tried_again_unchanged_and_at_last_given_up(store: Store, make: Make) -> None:
    make()
    posted(store)
    now, seen = beginning(), []
    for attempt in range(len(DELAYS) + 1):
        (one,) = begun(store, now)
        seen.append((one.delivery_id, one.body, one.attempts))
        settled(store, one, Answer(status=503, problem="it answered 503"), now)
        with store.read() as connection:
            assert not alerts_wait(connection, now=now), attempt
        now += 3 * max(DELAYS)
    assert begun(store, now) == []
    assert [attempts for _, _, attempts in seen] == list(range(len(DELAYS) + 1))
    assert len({(name, body) for name, body, _ in seen}) == 1


def test_a_target_that_is_gone_ends_its_webhook(store: Store, make: Make) -> None:
    hook = make()
    posted(store)
    (one,) = begun(store)
    settled(store, one, Answer(status=410, problem="it answered 410"))
    with store.read() as connection:
        assert hook_of(connection, hook.webhook_id).ended_at == beginning()
    assert begun(store, beginning() + LEASE) == []


def test_an_ended_webhook_gets_no_alert(store: Store, make: Make) -> None:
    hook = make()
    posted(store)
    with store.write() as connection:
        end(connection, hook.webhook_id, now=beginning())
    assert begun(store) == []
