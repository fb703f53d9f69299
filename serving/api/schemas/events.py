"""Events as callers send them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.contract import Event
from serving.api.fields import Answer, Body, Currency, Identifier, Instant, Money, Number, Properties, Prose

EVENTS_A_CALL = 1_000
EXAMPLE: dict[str, Any] = {
    "event_id": "till-7-000123",
    "customer_id": "1",
    "occurred_at": "2017-12-31T18:30:00-05:00",
    "type": "purchase",
    "channel": "store",
    "location_id": "store-31",
    "order_id": "basket-9001",
    "item_id": "1082185",
    "quantity": 1,
    "amount": 3.99,
    "discount": 0.5,
}


class EventFacts(Body):
    """What happened."""

    occurred_at: Instant = Field(
        description="when it happened: ISO 8601 with an offset, not after the clock",
        examples=["2017-12-31T18:30:00-05:00"],
    )
    type: Identifier = Field(
        description="a registered event type such as purchase, view or refund", examples=["purchase"]
    )
    channel: Identifier | None = Field(
        default=None, description="where it happened, such as store, web or app"
    )
    location_id: Identifier | None = Field(default=None, description="the shop or place")
    order_id: Identifier | None = Field(default=None, description="the order or basket that it is part of")
    item_id: Identifier | None = Field(default=None, description="the catalogue item")
    quantity: Number | None = Field(default=None, description="how many, in the item's own unit")
    amount: Money | None = Field(
        default=None,
        description="what was paid, in the shop's currency: at most 4 decimals, 14 digits before them",
    )
    discount: Money | None = Field(default=None, description="what was taken off, in the shop's currency")
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code; only the shop's own currency is taken"
    )
    campaign_id: Identifier | None = Field(default=None, description="the campaign that it belongs to")
    rating: Number | None = Field(default=None, description="stars, a score, what a survey gave")
    text: Prose | None = Field(default=None, description="what somebody wrote")
    properties: Properties | None = Field(
        default=None,
        description=(
            "anything else, as a small object: at most 4,000 characters, 100 values, and 5 objects and lists "
            "inside each other"
        ),
    )

    def to_event(self, event_id: str, customer_id: str, *, received_at: datetime, currency: str) -> Event:
        """The event as the contract has it."""
        has_money = self.amount is not None or self.discount is not None
        properties = None
        if self.properties is not None:
            properties = json.dumps(
                self.properties, ensure_ascii=False, sort_keys=True, separators=(",", ":")
            )
        return Event(
            event_id=event_id,
            customer_id=customer_id,
            identity=f"customer_id:{customer_id}",
            occurred_at=self.occurred_at,
            received_at=received_at,
            type=self.type,
            channel=self.channel,
            location_id=self.location_id,
            order_id=self.order_id,
            item_id=self.item_id,
            quantity=self.quantity,
            amount=self.amount,
            discount=self.discount,
            currency=self.currency or (currency if has_money else None),
            campaign_id=self.campaign_id,
            rating=self.rating,
            text=self.text,
            properties=properties,
        )


class NewEvent(EventFacts):
    """One event of one customer."""

    event_id: Identifier = Field(
        description="your own id of this event; sending the same event again counts once",
        examples=["till-7-000123"],
    )
    customer_id: Identifier = Field(
        description="whose event it is; a new customer comes to be with it", examples=["1"]
    )


class EventsRequest(Body):
    """Events to keep, all of them or none."""

    events: list[NewEvent] = Field(
        min_length=1,
        max_length=EVENTS_A_CALL,
        description="1 to 1,000 events in any order",
        examples=[[EXAMPLE]],
    )


class EventsAnswer(Answer):
    """What became of the events; they are on disk now."""

    accepted: int = Field(description="events that are new", examples=[1])
    duplicates: int = Field(description="events that were there before, or twice in the call", examples=[0])


def check_currency(events: Sequence[EventFacts], expected: str, where: str) -> None:
    """Say nothing when all money is in the shop's currency; amounts of two currencies cannot be added up.

    Raises:
        InvalidInputError: Some is not.
    """
    wrong = tuple(
        FieldError(
            f"{where}.{place}.currency",
            Text(
                "expected the shop's currency {expected}, got {got}",
                {"expected": expected, "got": event.currency},
            ),
            "other_currency",
        )
        for place, event in enumerate(events)
        if event.currency not in {None, expected}
    )
    if wrong:
        raise InvalidInputError("{count} fields are not as expected", count=len(wrong), fields=wrong)
