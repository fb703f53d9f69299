"""Single events as JSON, as Arrow rows and as histories."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import stable_key
from features.assemble import from_events, money
from features.contract import EVENT_SCHEMA, MONEY, MONEY_SCALE, Event
from features.lake_rows import LAKE_SCHEMA, keyed
from features.records import from_payload, history_order, to_histories, to_payload, to_table
from tests.features.test_packing import assert_same
from tests.features.worlds import World, purchase, worlds

FULL = Event(
    event_id="e1",
    customer_id="ann",
    occurred_at=datetime(2017, 11, 1, 4, 30, 0, 123_456, tzinfo=UTC),
    received_at=datetime(2017, 11, 2, tzinfo=UTC),
    type="purchase",
    identity="card:77",
    channel="store",
    source="till",
    location_id="north st",
    order_id="o1",
    item_id="latte",
    quantity=1.5,
    amount=Decimal("12.3400"),
    discount=Decimal("-0.0001"),
    currency="CNY",
    campaign_id="spring",
    rating=4.5,
    text="少糖",
    properties='{"cup": "big"}',
)
AMOUNTS = st.none() | st.decimals(-(10**13), 10**13, places=4)


def test_payload_is_json_and_loses_nothing() -> None:
    assert from_payload(json.loads(json.dumps(to_payload(FULL)))) == FULL


@given(worlds())
def test_payload_of_any_event_loses_nothing(world: World) -> None:
    assert [from_payload(json.loads(json.dumps(to_payload(event)))) for event in world.events] == world.events


def test_table_has_the_contracts_schema_and_values() -> None:
    table = to_table([FULL])
    assert table.schema.equals(EVENT_SCHEMA)
    [row] = table.to_pylist()
    assert row == {name: getattr(FULL, name) for name in EVENT_SCHEMA.names}


@settings(max_examples=60)
@given(worlds())
def test_lake_rows_and_events_give_the_same_histories(world: World) -> None:
    ordered = sorted(world.events, key=lambda event: (event.customer_id, *history_order(event)))
    expected = to_histories({name: events for name, events in world.events_of.items() if events})
    assert_same(from_events(keyed(to_table(ordered), 8)), expected)


def test_no_rows_are_no_customers() -> None:
    assert from_events(LAKE_SCHEMA.empty_table()).n_customers == 0


def test_equal_instants_are_ordered_by_key() -> None:
    at = FULL.occurred_at
    events = [purchase(at, str(number)) for number in range(20)]
    keys = to_histories({"ann": events}).event_key.tolist()
    assert keys == sorted(stable_key(event.event_id) for event in events)


@given(st.lists(AMOUNTS, max_size=20))
def test_money_is_whole_ten_thousandths_in_lake_and_records_alike(amounts: list[Decimal | None]) -> None:
    at = FULL.occurred_at
    events = [purchase(at + timedelta(seconds=n), str(n)) for n in range(len(amounts))]
    events = [
        Event(**{**vars(event), "amount": amount}) for event, amount in zip(events, amounts, strict=True)
    ]
    expected = [0.0 if amount is None else float(int(amount * MONEY_SCALE)) for amount in amounts]
    assert to_histories({"ann": events}).amount.tolist() == expected
    assert money(pa.chunked_array([pa.array(amounts, MONEY)])).tolist() == expected


@pytest.mark.parametrize("start", [0, 1, 3])
def test_money_reads_slices_and_chunks(start: int) -> None:
    values = [Decimal("1.25"), None, Decimal("-3.5"), Decimal("0.0001"), None]
    chunks = pa.chunked_array([pa.array(values, MONEY).slice(start), pa.array(values, MONEY).slice(1, 2)])
    expected = [int((value or 0) * MONEY_SCALE) for value in [*values[start:], *values[1:3]]]
    np.testing.assert_array_equal(money(chunks), expected)
    sliced = pa.table({"amount": pa.array(values, MONEY)}).slice(start).column("amount")
    np.testing.assert_array_equal(money(sliced), expected[: len(values) - start])


def test_money_of_a_column_without_values_is_zero() -> None:
    assert money(pa.chunked_array([pa.nulls(3, MONEY)])).tolist() == [0.0, 0.0, 0.0]
