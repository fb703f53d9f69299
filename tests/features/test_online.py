"""Online rows are the batch's rows, bit by bit, before and after live events reach the lake."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert

from core.storage import Store
from features.attributes import AttributeFact
from features.build import build
from features.flush import flush
from features.histories import Floats
from features.intake import accept
from features.kernel import column_names
from features.lake import BULK_APP, Lake
from features.online import OnlineFeatures
from features.records import to_histories
from features.shop import read_facts
from features.source import FeatureSource
from features.stored_customers import read_customers
from features.stored_histories import rebuild
from features.tables import Attribute, EventType
from tests.features.test_lake import parts_of
from tests.features.worlds import MICROSECOND, World, long_world, same_bits

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> World:
    """Three customers, one of them with facts that changed."""
    made = long_world("America/New_York", seed=5)
    events_of = {
        name: [event for event in events if event.type in made.spec.roles]
        for name, events in made.events_of.items()
    }
    facts = [
        AttributeFact("ann", "age", "old"),
        AttributeFact("ann", "region", "north", made.as_of - 40 * DAY),
        AttributeFact("ann", "region", "south", made.as_of - DAY),
    ]
    return replace(made, facts=facts, events_of=events_of)


@pytest.fixture
def online(world: World, store: Store, lake: Lake) -> OnlineFeatures:
    """Three quarters of the events came with a bulk load, the rest live."""
    events = sorted(world.events, key=lambda event: event.occurred_at)
    cut = len(events) * 3 // 4
    lake.append(parts_of(events[:cut], lake.buckets), app=BULK_APP, batch=1, note={})
    rebuild(store, lake, range(lake.buckets))
    with store.write() as connection:
        connection.execute(insert(EventType), [{"type": "meter_reading", "role": "contact"}])
        facts = [{"fact_id": str(number), **vars(fact)} for number, fact in enumerate(world.facts)]
        connection.execute(insert(Attribute), facts)
    accept(store, events[cut:], now=world.as_of)
    return OnlineFeatures(world.spec, world.catalogue)


def rows_of(online: OnlineFeatures, store: Store, world: World, *names: str) -> Floats:
    with store.read() as connection:
        found, rows = online.of_stored(connection, names, world.as_of)
    assert found == list(names)
    return rows


def test_stored_customers_get_the_rows_of_all_their_events(
    online: OnlineFeatures, store: Store, world: World
) -> None:
    assert same_bits(rows_of(online, store, world, *world.events_of), world.rows)


def test_customer_alone_gets_the_same_row(online: OnlineFeatures, store: Store, world: World) -> None:
    for place, name in enumerate(world.events_of):
        assert same_bits(rows_of(online, store, world, name), world.rows[place : place + 1])


def test_online_row_is_the_batch_row_bit_by_bit(
    online: OnlineFeatures, store: Store, lake: Lake, world: World
) -> None:
    before = rows_of(online, store, world, "ann", "bo", "cy")
    flush(store, lake)
    with store.read() as connection:
        facts = read_facts(connection, world.spec)
    source = FeatureSource(lake, lake.version(), world.spec, world.catalogue, facts)
    batch = build(source, world.as_of).to_numpy()
    assert same_bits(before, np.ascontiguousarray(batch))
    assert same_bits(rows_of(online, store, world, "ann", "bo", "cy"), before)


def test_rows_as_of_an_earlier_instant_ignore_what_came_after(
    online: OnlineFeatures, store: Store, world: World
) -> None:
    then = world.as_of - 100 * DAY
    with store.read() as connection:
        _, rows = online.of_stored(connection, list(world.events_of), then)
    assert same_bits(rows, replace(world, as_of=then).rows)


def test_next_row_counts_an_event_that_was_just_accepted(
    online: OnlineFeatures, store: Store, world: World
) -> None:
    place = column_names(world.spec).index("purchases_7d")
    before = rows_of(online, store, world, "bo")[0, place]
    event = next(event for event in world.events_of["bo"] if event.type == "purchase")
    at = world.as_of - MICROSECOND
    accept(store, [replace(event, event_id="just now", occurred_at=at, received_at=at)], now=world.as_of)
    assert rows_of(online, store, world, "bo")[0, place] == before + 1


def test_given_events_get_the_row_that_stored_ones_would(online: OnlineFeatures, world: World) -> None:
    without_facts = replace(world, facts=[])
    assert same_bits(online.of_histories(to_histories(world.events_of), world.as_of), without_facts.rows)


def test_unknown_customers_are_left_out_and_repeated_ones_answered_once(
    online: OnlineFeatures, store: Store, world: World
) -> None:
    with store.read() as connection:
        found, rows = online.of_stored(connection, ["cy", "nobody", "ann", "cy"], world.as_of)
        nobody, none = online.of_stored(connection, ["nobody"], world.as_of)
    assert (found, len(rows)) == (["cy", "ann"], 2)
    assert (nobody, none.shape) == ([], (0, len(column_names(world.spec))))


def test_rows_stay_the_same_until_the_told_instant(
    world: World, store: Store, online: OnlineFeatures
) -> None:
    """As of instants around events, facts and midnights; the row really changes where a fact becomes known."""
    fact_known = world.as_of - DAY
    instants = [fact_known + n * DAY / 7 for n in range(-7, 14)]
    instants += [event.occurred_at + n * MICROSECOND for event in world.events[:40] for n in (0, 1)]
    with store.read() as connection:
        (ann,) = read_customers(connection, ["ann"])
    histories = online.histories([ann])
    assert histories is not None
    for as_of in instants:
        until = online.same_until(histories, as_of)
        assert until > as_of
        assert same_bits(online.rows(histories, until - MICROSECOND), online.rows(histories, as_of))
    before = fact_known - MICROSECOND
    assert online.same_until(histories, before) == fact_known + MICROSECOND
    assert not same_bits(online.rows(histories, fact_known + MICROSECOND), online.rows(histories, fact_known))
