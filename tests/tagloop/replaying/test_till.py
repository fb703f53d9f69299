"""What a replay's tills send, whole and broken."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from core.errors import InvalidInputError
from features.contract import EVENT_SCHEMA
from serving.api.schemas.events import EventsRequest
from tagloop.replaying.breaks import break_of
from tagloop.replaying.held_back import SENT
from tagloop.replaying.till import as_sent, parted

MORNING = datetime(2017, 10, 1, 8, tzinfo=UTC)


def event(number: int, **more: Any) -> dict[str, Any]:
    known = {
        "event_id": f"e{number}",
        "customer_id": "ann",
        "occurred_at": MORNING + timedelta(hours=number),
        "received_at": MORNING + timedelta(hours=number),
        "type": "purchase",
        "amount": Decimal("3.9900"),
        "discount": Decimal("0.5000"),
    }
    return {**known, **more}


def table(*rows: dict[str, Any]) -> pa.Table:
    schema = pa.schema([EVENT_SCHEMA.field(name) for name in SENT])
    return pa.Table.from_pylist(list(rows), schema=schema)


def test_event_is_sent_as_the_api_takes_it() -> None:
    rows = table(
        event(1, properties='{"coupon": "A1", "steps": [1, 2]}', quantity=2.0, location_id="31"),
        event(2, type="rating", amount=None, discount=None, rating=4.5, text="很好"),
    ).to_pylist()
    taken = EventsRequest.model_validate({"events": [as_sent(row) for row in rows]}).events
    first = taken[0].to_event("e1", "ann", received_at=MORNING, currency="USD")
    assert (first.occurred_at, first.amount, first.discount, first.quantity, first.location_id) == (
        MORNING + timedelta(hours=1),
        Decimal("3.99"),
        Decimal("0.5"),
        2.0,
        "31",
    )
    assert first.properties == '{"coupon":"A1","steps":[1,2]}'
    assert (taken[1].rating, taken[1].text, taken[1].amount) == (4.5, "很好", None)


def test_day_is_parted_at_noon_by_when_events_became_known() -> None:
    late = event(1, received_at=MORNING + timedelta(hours=9))
    parts = parted(table(event(0), event(3), late), [MORNING + timedelta(hours=4)])
    assert [part.column("event_id").to_pylist() for part in parts] == [["e0", "e3"], ["e1"]]


def test_broken_unit_sends_cents_and_nothing_else_differs() -> None:
    whole = table(event(1), event(2, amount=None, discount=None))
    broken = break_of("unit")(whole)
    assert broken.column("amount").to_pylist() == [Decimal("399.0000"), None]
    assert broken.column("discount").to_pylist() == [Decimal("50.0000"), None]
    others = [name for name in SENT if name not in {"amount", "discount"}]
    assert broken.select(others) == whole.select(others)
    assert broken.schema == whole.schema


def test_missing_shops_send_nothing_and_the_others_everything() -> None:
    rows = [event(number, location_id=str(number % 10)) for number in range(200)]
    left = break_of("missing")(table(*rows)).to_pylist()
    shops = {row["location_id"] for row in left}
    assert 1 < len(shops) < 10
    assert len(left) == 20 * len(shops)


def test_event_of_no_shop_and_no_channel_is_never_missing() -> None:
    campaign = event(1, type="campaign_exposure", location_id=None, channel=None)
    assert len(break_of("missing")(table(campaign))) == 1


def test_unknown_break_is_named_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInputError, match="expected one of unit, missing, got 'fire'"):
        break_of("fire")
