"""Live events of a made-up shop, by number: the same number always gives the same event."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from features.contract import Event

FIRST = datetime(2024, 2, 1, tzinfo=UTC)
EVENTS_A_CALL = 20
CUSTOMERS = 30


def call(number: int) -> list[Event]:
    """The events of one call."""
    return [event(number * EVENTS_A_CALL + place) for place in range(EVENTS_A_CALL)]


def event(number: int) -> Event:
    """One purchase."""
    at = FIRST + timedelta(minutes=number % 40_000)
    return Event(
        event_id=f"live-{number:06}",
        customer_id=f"m{number % CUSTOMERS:03}",
        occurred_at=at,
        received_at=at,
        type="purchase",
        channel="小程序",
        source="api",
        order_id=f"live-{number // 3}",
        item_id=f"葡萄酒{number % 4 + 1}",
        quantity=1.0,
        amount=Decimal(number % 90) + Decimal("0.5"),
        currency="CNY",
    )
