"""Live events: all of a call or none, each event once, and counted at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from core.errors import ConflictError, InvalidInputError
from core.storage import Store
from features.contract import Event
from features.flush import flush
from features.intake import Receipt, accept, accept_together
from features.lake import Lake
from features.records import to_histories
from features.tables import Channel, Customer, EventType, Item, RecentEvent
from tests.features.stored import read_histories
from tests.features.test_packing import assert_same
from tests.features.worlds import MICROSECOND, purchase

NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)
COFFEE = purchase(NOW - timedelta(hours=2), "e1", item_id="latte", order_id="o1", amount=Decimal("3.50"))
TEA = purchase(NOW - timedelta(hours=1), "e2", item_id="tea", order_id="o2", channel="web")


def kept(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(RecentEvent)) or 0


def test_accepted_events_are_in_the_history_at_once(store: Store) -> None:
    assert accept(store, [COFFEE, TEA], now=NOW) == Receipt(accepted=2, duplicates=0)
    with store.read() as connection:
        assert_same(read_histories(connection, ["ann"])["ann"], to_histories({"ann": [COFFEE, TEA]}))


def test_same_call_again_changes_nothing(store: Store) -> None:
    accept(store, [COFFEE, TEA], now=NOW)
    again = [replace(event, received_at=NOW) for event in (COFFEE, TEA)]
    assert accept(store, again, now=NOW) == Receipt(accepted=0, duplicates=2)
    assert kept(store) == 2


def test_event_twice_in_one_call_is_kept_once(store: Store) -> None:
    assert accept(store, [COFFEE, COFFEE], now=NOW) == Receipt(accepted=1, duplicates=1)


def test_what_follows_sees_the_new_events_stored_and_each_of_them_once(store: Store) -> None:
    seen: list[tuple[list[str], int]] = []

    def follow(connection: Connection, fresh: Sequence[Event]) -> None:
        stored = read_histories(connection, ["ann"])["ann"]
        seen.append(([event.event_id for event in fresh], len(stored.event_key)))

    accept(store, [COFFEE], now=NOW, then=follow)
    accept(store, [COFFEE], now=NOW, then=follow)
    accept(store, [COFFEE, TEA, TEA], now=NOW, then=follow)
    assert seen == [(["e1"], 1), (["e2"], 2)]


def test_what_follows_and_fails_takes_the_events_back(store: Store) -> None:
    def fail(connection: Connection, fresh: Sequence[Event]) -> None:
        connection.execute(insert(Channel), [{"channel": fresh[0].event_id}])
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        accept(store, [COFFEE], now=NOW, then=fail)
    assert kept(store) == 0
    with store.read() as connection:
        assert connection.scalars(select(Channel.channel)).all() == []
    assert accept(store, [COFFEE], now=NOW).accepted == 1


def test_calls_kept_together_each_learn_what_became_of_their_own_events(store: Store) -> None:
    accept(store, [COFFEE], now=NOW)
    cake = replace(TEA, event_id="e3", customer_id="bo")
    receipts = accept_together(store, [[COFFEE, TEA], [cake], [TEA, TEA], []], now=NOW)
    assert receipts == [Receipt(1, 1), Receipt(1, 0), Receipt(0, 2), Receipt(0, 0)]
    assert kept(store) == 3


def test_call_that_would_be_refused_alone_has_those_beside_it_refused(store: Store) -> None:
    accept(store, [COFFEE], now=NOW)
    with pytest.raises(ConflictError):
        accept_together(store, [[TEA], [replace(COFFEE, channel="web")]], now=NOW)
    with pytest.raises(InvalidInputError):
        accept_together(store, [[TEA], [replace(COFFEE, type="no such type")]], now=NOW)
    assert kept(store) == 1


OTHERS: list[dict[str, Any]] = [{"amount": Decimal("3.51")}, {"item_id": "tea"}, {"customer_id": "bo"}]


@pytest.mark.parametrize("changed", OTHERS)
@pytest.mark.parametrize("is_flushed", [False, True])
def test_id_used_for_another_event_is_a_conflict_at_any_time_and_nothing_is_kept(
    store: Store, lake: Lake, changed: dict[str, Any], *, is_flushed: bool
) -> None:
    accept(store, [COFFEE], now=NOW)
    if is_flushed:
        flush(store, lake)
    before = kept(store)
    with pytest.raises(ConflictError) as error:
        accept(store, [TEA, replace(COFFEE, **changed)], now=NOW)
    [field] = error.value.fields
    assert (field.field, field.code) == ("events.1.event_id", "id_of_another_event")
    assert "'e1'" in field.message.render("en")
    assert kept(store) == before


def test_id_used_for_two_events_of_one_call_is_a_conflict(store: Store) -> None:
    with pytest.raises(ConflictError) as error:
        accept(store, [COFFEE, replace(COFFEE, channel="web")], now=NOW)
    assert error.value.fields[0].field == "events.1.event_id"
    assert kept(store) == 0


def test_amount_written_with_more_zeros_is_the_same_event(store: Store) -> None:
    accept(store, [COFFEE], now=NOW)
    assert accept(store, [replace(COFFEE, amount=Decimal("3.5"))], now=NOW).duplicates == 1


def test_unregistered_type_is_named_and_nothing_is_kept(store: Store) -> None:
    with pytest.raises(InvalidInputError) as error:
        accept(store, [COFFEE, replace(TEA, type="purchese")], now=NOW)
    [field] = error.value.fields
    assert (field.field, field.code) == ("events.1.type", "unregistered_type")
    assert "'purchese'" in field.message.render("en")
    assert kept(store) == 0


def test_type_of_the_shops_own_is_accepted(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(EventType), [{"type": "tasting", "role": "interest"}])
    assert accept(store, [replace(TEA, type="tasting")], now=NOW).accepted == 1


def test_event_after_the_clock_is_named_and_nothing_is_kept(store: Store) -> None:
    with pytest.raises(InvalidInputError) as error:
        accept(store, [COFFEE, replace(TEA, occurred_at=NOW + MICROSECOND)], now=NOW)
    [field] = error.value.fields
    assert (field.field, field.code) == ("events.1.occurred_at", "after_the_clock")
    assert NOW.isoformat() in field.message.render("en")
    assert kept(store) == 0


def test_event_at_the_clocks_instant_is_accepted(store: Store) -> None:
    assert accept(store, [replace(TEA, occurred_at=NOW)], now=NOW).accepted == 1


def test_event_that_was_flushed_is_still_a_duplicate(store: Store, lake: Lake) -> None:
    accept(store, [COFFEE, TEA], now=NOW)
    flush(store, lake)
    assert kept(store) == 0
    assert accept(store, [COFFEE, TEA], now=NOW) == Receipt(accepted=0, duplicates=2)


def test_customers_channels_and_items_that_events_name_are_noted(store: Store) -> None:
    accept(store, [COFFEE, TEA], now=NOW)
    with store.read() as connection:
        assert connection.scalars(select(Customer.customer_id)).all() == ["ann"]
        assert connection.scalars(select(Channel.channel)).all() == ["web"]
        assert set(connection.scalars(select(Item.item_id))) == {"latte", "tea"}


def test_no_events_are_accepted_as_none(store: Store) -> None:
    assert accept(store, [], now=NOW) == Receipt(accepted=0, duplicates=0)


def test_two_callers_with_another_event_under_one_id_never_both_succeed(store: Store) -> None:
    def call(number: int) -> bool:
        try:
            accept(store, [replace(COFFEE, amount=Decimal(number))], now=NOW)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(call, range(8))) == 1
    assert kept(store) == 1


def test_callers_at_once_keep_each_event_once_and_number_them_without_gaps(store: Store) -> None:
    events = [purchase(NOW - timedelta(minutes=n), f"e{n}") for n in range(40)]
    calls = [events[start : start + 12] for start in range(0, 40, 4)] * 2
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda call: accept(store, call, now=NOW), calls))
    assert sum(receipt.accepted for receipt in receipts) == len(events)
    with store.read() as connection:
        numbers = connection.scalars(select(RecentEvent.seq).order_by(RecentEvent.seq)).all()
    assert numbers == list(range(1, len(events) + 1))
