from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import pytest

from core.storage import Store
from tags.outbox.backoff import DELAYS
from tags.outbox.delivering import CHANGES_A_DELIVERY, LEASE, Delivery, begin, due, give_back, settle, try_now
from tags.outbox.letters import delivery_of, letters, note_sent
from tags.outbox.sending import Answer
from tags.outbox.trying import send_once
from tags.outbox.webhooks import Hook, Wants, end, hook_of, register
from tags.taxonomy import Taxonomy
from tests.receiver import Receiver, running_receiver
from tests.tags.outbox.feeding import write_changes


@cache
def beginning() -> datetime:
    """When the first test of this file ran: receivers hold a signature's time against the wall clock."""
    return datetime.now(UTC)


Make = Callable[..., Hook]


@pytest.fixture
def make(store: Store, taxonomy: Taxonomy, receiver: Receiver) -> Make:
    def made(wants: Wants | None = None, url: str = "") -> Hook:
        with store.write() as connection:
            return register(
                connection,
                url or receiver.url,
                wants or Wants(),
                taxonomy=taxonomy,
                local=True,
                after=None,
                now=beginning(),
            )

    return made


def write(store: Store, *tags: str) -> None:
    with store.write() as connection:
        write_changes(connection, tags, at=beginning())


def begun(store: Store, hook: Hook, taxonomy: Taxonomy, now: datetime | None = None) -> Delivery | None:
    with store.write() as connection:
        return begin(connection, hook.webhook_id, taxonomy, now=now or beginning())


def settled(store: Store, delivery: Delivery, answer: Answer, now: datetime | None = None) -> bool:
    with store.write() as connection:
        return settle(connection, delivery, answer, Random(7), now=now or beginning())  # noqa: S311 (jitter)


def sent(delivery: Delivery, now: datetime | None = None) -> Answer:
    return send_once(
        delivery.url, delivery.secret, delivery.delivery_id, delivery.body, local=True, now=now or beginning()
    )


def seen(store: Store, hook: Hook) -> Hook:
    with store.read() as connection:
        return hook_of(connection, hook.webhook_id)


def deliver_all(store: Store, hook: Hook, taxonomy: Taxonomy, now: datetime | None = None) -> None:
    while delivery := begun(store, hook, taxonomy, now):
        if not settled(store, delivery, sent(delivery), now):
            return


def test_the_target_gets_what_changed_signed_in_order_and_in_batches(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    write(store, "tea")  # before it was made
    hook = make()
    count = 2 * CHANGES_A_DELIVERY + 5
    write(store, *["coffee"] * count)
    deliver_all(store, hook, taxonomy)
    assert receiver.changes(hook.secret) == list(range(2, count + 2))
    assert len(receiver.received) == 3
    first = receiver.received[0].verified(hook.secret)
    assert first["data"]["changes"][0]["tag"] == "coffee"
    assert first["data"]["changes"][0]["because"] == "said"
    assert seen(store, hook).sent_through == count + 1


def test_a_webhook_hears_only_of_the_tags_and_kinds_that_it_wants(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    of_tag, of_kind = make(Wants(tags=("tea",))), make(Wants(tags=("tea",), kinds=("value",)))
    write(store, "coffee", "tea", "gold", "coffee")
    deliver_all(store, of_tag, taxonomy)
    assert receiver.changes(of_tag.secret) == [2]
    receiver.received.clear()
    deliver_all(store, of_kind, taxonomy)
    assert receiver.changes(of_kind.secret) == [2, 3]


def test_a_failed_delivery_is_tried_again_unchanged_though_more_has_come(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    hook = make()
    write(store, "coffee")
    receiver.statuses = [503]
    first = begun(store, hook, taxonomy)
    assert first is not None
    assert not settled(store, first, sent(first))
    failing = seen(store, hook)
    assert (failing.attempts, failing.failing_since, failing.last_error) == (
        1,
        beginning(),
        "it answered 503",
    )
    assert failing.next_try_at is not None
    write(store, "tea")
    assert begun(store, hook, taxonomy) is None  # not yet
    again = begun(store, hook, taxonomy, failing.next_try_at)
    assert again is not None
    assert (again.delivery_id, again.body) == (first.delivery_id, first.body)
    assert settled(store, again, sent(again), failing.next_try_at)
    deliver_all(store, hook, taxonomy, failing.next_try_at)
    assert receiver.changes(hook.secret) == [1, 2]
    assert seen(store, hook).failing_since is None


def test_a_target_that_is_down_for_a_day_gets_everything_in_order(
    store: Store, taxonomy: Taxonomy, make: Make
) -> None:
    with running_receiver() as before:
        url, port = before.url, int(before.url.split(":")[2].split("/")[0])
    hook, now, tries = make(url=url), beginning(), 0
    write(store, "coffee", "tea")
    while now < beginning() + timedelta(days=1):
        delivery = begun(store, hook, taxonomy, now)
        assert delivery is not None
        answer = Answer(problem="nobody listens") if tries else sent(delivery, now)
        assert not settled(store, delivery, answer, now)
        tries += 1
        write(store, "gold")  # more comes meanwhile
        waiting = seen(store, hook)
        assert waiting.next_try_at is not None
        now = waiting.next_try_at
    assert tries > 20
    with store.read() as connection:
        assert letters(connection) == []
    with running_receiver(port) as back:
        while delivery := begun(store, hook, taxonomy, now):
            assert settled(store, delivery, sent(delivery), now)
        assert back.changes(hook.secret) == list(range(1, tries + 3))


def test_a_delivery_that_is_refused_for_three_days_is_set_aside_and_can_be_sent_again(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    hook, now = make(), beginning()
    write(store, "coffee", "tea")
    for place in range(len(DELAYS) + 1):
        delivery = begun(store, hook, taxonomy, now)
        assert delivery is not None, place
        may_go_on = settled(store, delivery, Answer(400, "it answered 400"), now)
        now = seen(store, hook).next_try_at or now
    assert may_go_on  # what comes after it is not held up any longer
    assert now - beginning() > timedelta(days=2)
    write(store, "gold")
    deliver_all(store, hook, taxonomy, now)
    assert receiver.changes(hook.secret) == [3]
    with store.read() as connection:
        (letter,) = letters(connection, hook.webhook_id, waiting=True)
        assert (letter.first_change, letter.last_change, letter.error) == (1, 2, "it answered 400")
        dead = delivery_of(connection, letter, taxonomy)
    assert dead.delivery_id == letter.delivery_id
    assert sent(dead).is_taken
    with store.write() as connection:
        note_sent(connection, letter.seq, now=now)
        assert letters(connection, waiting=True) == []
    assert receiver.changes(hook.secret) == [3, 1, 2]


def test_two_servers_do_not_send_the_same_delivery(store: Store, taxonomy: Taxonomy, make: Make) -> None:
    hook = make()
    write(store, "coffee")
    ours = begun(store, hook, taxonomy)
    assert ours is not None
    assert begun(store, hook, taxonomy) is None
    with store.read() as connection:
        assert due(connection, now=beginning()) == []
        assert due(connection, now=beginning() + LEASE) == [hook.webhook_id]


def test_a_delivery_of_a_server_that_died_is_taken_over_and_the_dead_one_has_no_say(
    store: Store, taxonomy: Taxonomy, make: Make
) -> None:
    hook = make()
    write(store, "coffee")
    dead = begun(store, hook, taxonomy)
    later = beginning() + LEASE
    other = begun(store, hook, taxonomy, later)
    assert dead is not None
    assert other is not None
    assert other.delivery_id == dead.delivery_id
    assert not settled(store, dead, Answer(500, "it answered 500"), later)
    assert seen(store, hook).attempts == 0
    assert settled(store, other, Answer(204), later)
    assert seen(store, hook).sent_through == 1


def test_a_delivery_that_is_given_back_can_be_begun_at_once(
    store: Store, taxonomy: Taxonomy, make: Make
) -> None:
    hook = make()
    write(store, "coffee")
    delivery = begun(store, hook, taxonomy)
    assert delivery is not None
    with store.write() as connection:
        give_back(connection, delivery)
    assert begun(store, hook, taxonomy) is not None


def test_a_target_that_says_when_to_come_back_is_left_alone_until_then(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    hook = make()
    write(store, "coffee")
    receiver.statuses, receiver.headers = [429], {"Retry-After": "7200"}
    delivery = begun(store, hook, taxonomy)
    assert delivery is not None
    settled(store, delivery, sent(delivery))
    assert seen(store, hook).next_try_at == beginning() + timedelta(hours=2)
    with store.write() as connection:
        try_now(connection, hook.webhook_id)
    assert begun(store, hook, taxonomy) is not None


def test_a_delivery_that_is_taken_while_somebody_asks_for_it_at_once_does_not_come_twice(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    hook = make()
    write(store, "coffee")
    receiver.statuses = [503]
    failed = begun(store, hook, taxonomy)
    assert failed is not None
    settled(store, failed, sent(failed))
    later = seen(store, hook).next_try_at
    assert later is not None
    on_its_way = begun(store, hook, taxonomy, later)
    assert on_its_way is not None
    with store.write() as connection:
        try_now(connection, hook.webhook_id)
    assert settled(store, on_its_way, sent(on_its_way), later)
    deliver_all(store, hook, taxonomy, later)
    assert receiver.changes(hook.secret) == [1]


def test_a_target_that_is_gone_for_good_ends_its_webhook(
    store: Store, taxonomy: Taxonomy, make: Make, receiver: Receiver
) -> None:
    hook = make()
    write(store, "coffee")
    receiver.statuses = [410]
    deliver_all(store, hook, taxonomy)
    ended = seen(store, hook)
    assert (ended.ended_at, ended.last_error) == (beginning(), "it answered 410")
    assert begun(store, hook, taxonomy, beginning() + timedelta(days=9)) is None


def test_an_ended_webhook_hears_of_nothing_more(store: Store, taxonomy: Taxonomy, make: Make) -> None:
    hook = make()
    write(store, "coffee")
    delivery = begun(store, hook, taxonomy)
    assert delivery is not None
    with store.write() as connection:
        end(connection, hook.webhook_id, now=beginning())
    assert not settled(store, delivery, Answer(204))
    assert begun(store, hook, taxonomy, beginning() + LEASE) is None
