"""Tags of events over HTTP, and of waits that are over: a kill leaves an event with its tags or neither, never half."""

from collections import Counter
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from core.clock import FixedClock
from core.settings import Settings
from core.storage import Store
from features.contract import Event
from features.intake import accept
from serving.tagging.on_events import OnEvents
from tags.catalogue.store import put_tags
from tags.current import Current
from tags.profile.reading import profile_at
from tags.profile.tables import ClaimRow
from tags.taxonomy import Taxonomy, parse_taxonomy
from tags.triggers.due import due_by
from tests.faults import jobs
from tests.faults.callers import body
from tests.faults.events import call
from tests.faults.killing import Running
from tests.faults.moments import Moment
from tests.faults.states import acknowledged_and_kept
from tests.faults.test_intake_killed import Intake

BOUGHT, ACTIVE, LEFT = "bought", "active", "left_cart"
NOT_KEPT, KEPT = "not kept", "kept and not acknowledged"
OF_EVENTS = {
    Moment("before", "serving.tagging.on_events:arrive"): NOT_KEPT,
    Moment("after", "serving.tagging.on_events:put"): NOT_KEPT,
    Moment("after", "serving.tagging.on_events:settle_at_once"): NOT_KEPT,
    Moment("after", "serving.service:accept_together"): KEPT,
    Moment("after", "serving.tagging.on_events:put", call=3): NOT_KEPT,
    Moment("after", "serving.service:accept_together", call=3): KEPT,
}
OF_WAITS = {
    Moment("before", "tags.triggers.timing:put"): False,
    Moment("after", "tags.triggers.timing:put"): False,
    Moment("after", "tags.triggers.timing:_give_some"): False,
    Moment("before", "tags.triggers.timing:put_stamp"): True,
}
HOUR = timedelta(hours=1)


def taxonomy() -> Taxonomy:
    triggers = {
        BOUGHT: {"events": ["purchase"]},
        LEFT: {"events": ["cart_add"], "after": "24h", "unless": ["purchase"]},
    }
    tags = [{"key": key, "method": "trigger", "trigger": trigger} for key, trigger in triggers.items()]
    tags.append({"key": ACTIVE, "method": "rule", "rule": {"when": "purchases_84d > 0"}})
    words = {"en": "x", "zh": "某"}
    return parse_taxonomy({"tags": [{**tag, "name": words, "definition": words} for tag in tags]})


@pytest.fixture(autouse=True)
def tagged(store: Store) -> None:
    with store.write() as connection:
        put_tags(connection, taxonomy().tags, by="test", origin="test", now=jobs.NOW)


def caused(store: Store, tag: str) -> Counter[str]:
    """How often each event gave the tag."""
    query = select(ClaimRow.evidence).where(ClaimRow.tag == tag)
    with store.read() as connection:
        return Counter(evidence["event_id"] for evidence in connection.scalars(query))


def carriers(store: Store, tag: str, names: set[str]) -> set[str]:
    with store.read() as connection:
        found = profile_at(connection, names, jobs.NOW)
    return {name for name, carried in found.items() if tag in {one.tag for one in carried}}


def check(store: Store) -> None:
    """Every event that is kept gave its tag once, every customer of one carries the rule's, and nobody else does."""
    kept = acknowledged_and_kept(store)
    assert caused(store, BOUGHT) == kept
    everybody = {event.customer_id for number in range(10) for event in call(number)}
    with_events = {
        event.customer_id for number in range(50) for event in call(number) if event.event_id in kept
    }
    assert carriers(store, ACTIVE, everybody) == with_events


@pytest.mark.slow
def test_event_is_kept_with_its_tags_or_not_at_all(settings: Settings, store: Store) -> None:
    intake = Intake(settings, store)
    for moment, stage in OF_EVENTS.items():
        assert (intake.let_die(moment), moment) == (stage, moment)
        check(store)

    server, url = intake.begin()
    with httpx.Client(headers={"Authorization": f"Bearer {intake.key}"}, timeout=60) as client:
        for number in (intake.next[0], intake.next[0]):
            assert client.post(f"{url}/v1/events", json=body(call(number))).is_success
    server.process.kill()
    server.process.join()
    check(store)
    assert sum(acknowledged_and_kept(store).values()) == len(set(acknowledged_and_kept(store)))


@pytest.mark.slow
def test_wait_that_is_over_gives_its_tag_once_however_often_the_server_is_killed(
    settings: Settings, store: Store
) -> None:
    began = jobs.NOW - 30 * HOUR
    carts = [Event(f"cart {name}", name, began, began, "cart_add") for name in ("ann", "bo")]
    then = OnEvents(Current(settings, store), FixedClock(began + HOUR))
    accept(store, carts, now=began + HOUR, then=then)
    given = {**settings.model_dump(include={"home", "database_url", "lake_buckets"})}
    at = {"clock": "fixed", "clock_instant": jobs.NOW}
    for moment, is_done in OF_WAITS.items():
        Running(jobs.look_at_clock, {**given, **at}, dies=moment).dies()
        with store.read() as connection:
            left = len(due_by(connection, jobs.NOW, most=9))
        assert (left, sum(caused(store, LEFT).values())) == ((0, 2) if is_done else (2, 0)), moment
    Running(jobs.look_at_clock, {**given, **at}).wait()
    assert caused(store, LEFT) == {"cart ann": 1, "cart bo": 1}
    assert carriers(store, LEFT, {"ann", "bo"}) == {"ann", "bo"}
