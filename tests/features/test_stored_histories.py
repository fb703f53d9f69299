"""Stored histories: what the lake and the live events say, for the customers that were asked for."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from sqlalchemy import func, select

from core.storage import Store
from features.assemble import from_events
from features.contract import Event
from features.flush import flush
from features.histories import Histories
from features.intake import accept
from features.lake import BULK_APP, Lake
from features.records import to_histories
from features.stored_histories import known_customers, read_recent, rebuild
from features.tables import History
from tests.features.stored import read_histories
from tests.features.test_flush import live
from tests.features.test_lake import parts_of, shop
from tests.features.test_packing import assert_same
from tests.features.worlds import purchase

NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)


def load(lake: Lake, events: list[Event]) -> None:
    batch = max(lake.transaction_version(BULK_APP), 0) + 1
    lake.append(parts_of(events, lake.buckets), app=BULK_APP, batch=batch, note={})


def read(store: Store, *names: str) -> dict[str, Histories]:
    with store.read() as connection:
        return read_histories(connection, names)


def of(name: str, events: list[Event]) -> Histories:
    return to_histories({name: [event for event in events if event.customer_id == name]})


def test_rebuilt_histories_are_the_lakes(store: Store, lake: Lake) -> None:
    load(lake, shop()[::2])
    load(lake, shop()[1::2])
    rebuild(store, lake, range(lake.buckets))
    names = [f"customer {number}" for number in range(12)]
    found = read(store, *names)
    assert list(found) == names
    for name in names:
        assert_same(found[name], of(name, shop()))


def test_rebuilding_again_changes_nothing(store: Store, lake: Lake) -> None:
    load(lake, shop())
    rebuild(store, lake, range(lake.buckets))
    before = read(store, "customer 3")["customer 3"]
    rebuild(store, lake, range(lake.buckets))
    assert_same(read(store, "customer 3")["customer 3"], before)


def test_only_the_wanted_customers_are_rebuilt(store: Store, lake: Lake) -> None:
    load(lake, shop())
    rebuild(store, lake, range(lake.buckets), {"customer 1", "customer 5"})
    with store.read() as connection:
        assert set(connection.scalars(select(History.customer_id))) == {"customer 1", "customer 5"}


def test_live_events_join_the_history_in_order(store: Store, lake: Lake) -> None:
    load(lake, live(0, 10))
    rebuild(store, lake, range(lake.buckets))
    accept(store, live(5, 20), now=NOW)
    assert_same(read(store, "customer 1")["customer 1"], of("customer 1", live(0, 20)))


def test_customer_with_live_events_alone_has_a_history(store: Store) -> None:
    event = replace(purchase(NOW, "first"), customer_id="new")
    accept(store, [event], now=NOW)
    assert_same(read(store, "new")["new"], of("new", [event]))


def test_customers_without_events_are_left_out(store: Store) -> None:
    assert read(store, "nobody") == {}
    assert read(store) == {}


def test_flushed_events_are_no_longer_recent(store: Store, lake: Lake) -> None:
    accept(store, live(0, 8), now=NOW)
    with store.read() as connection:
        assert [event.event_id for event in read_recent(connection, ["customer 1"])["customer 1"]] == [
            "e001",
            "e005",
        ]
    flush(store, lake)
    with store.read() as connection:
        assert read_recent(connection, ["customer 1"]) == {}


def test_rebuild_reads_the_lake_again_when_a_flush_came_between(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(lake, live(0, 8))
    accept(store, live(8, 16), now=NOW)
    reads: list[int] = []

    def read_then_flush(events: pa.Table) -> Histories:
        histories = from_events(events)
        reads.append(flush(store, lake))
        return histories

    monkeypatch.setattr("features.stored_histories.from_events", read_then_flush)
    rebuild(store, lake, range(lake.buckets))
    assert sum(reads) == 8
    assert len(reads) == lake.buckets + 1
    for number in range(4):
        name = f"customer {number}"
        assert_same(read(store, name)[name], of(name, live(0, 16)))


def test_known_customers_are_those_that_exist(store: Store) -> None:
    accept(store, live(0, 2), now=NOW)
    with store.read() as connection:
        assert known_customers(connection, ["customer 1", "nobody"]) == {"customer 1"}


def test_history_row_tells_how_many_events_it_holds(store: Store, lake: Lake) -> None:
    load(lake, shop())
    rebuild(store, lake, range(lake.buckets))
    with store.read() as connection:
        assert connection.scalar(select(func.sum(History.n_events))) == len(shop())
