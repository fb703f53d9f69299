"""The event contract: what every source is turned into, once, before anything else sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from core.errors import InvalidInputError


class Role(StrEnum):
    """How a type of event counts in the features."""

    PURCHASE = "purchase"
    REFUND = "refund"
    EXPOSURE = "exposure"
    REDEMPTION = "redemption"
    INTEREST = "interest"
    CONTACT = "contact"
    PRESENCE = "presence"
    OPINION = "opinion"


STANDARD_TYPES: Mapping[str, Role] = MappingProxyType(
    {
        "purchase": Role.PURCHASE,
        "refund": Role.REFUND,
        "view": Role.INTEREST,
        "cart_add": Role.INTEREST,
        "favourite": Role.INTEREST,
        "search": Role.INTEREST,
        "click": Role.INTEREST,
        "share": Role.INTEREST,
        "follow": Role.INTEREST,
        "rating": Role.OPINION,
        "survey": Role.OPINION,
        "message": Role.CONTACT,
        "campaign_exposure": Role.EXPOSURE,
        "coupon_redeem": Role.REDEMPTION,
        "sign_up": Role.PRESENCE,
        "visit": Role.PRESENCE,
        "attend": Role.PRESENCE,
    }
)

ID_LIMIT = 200  # characters, of ids, types and other names
TEXT_LIMIT = 10_000  # characters, of what somebody wrote
PROPERTIES_LIMIT = 4_000  # characters of JSON

MONEY = pa.decimal128(18, 4)
MONEY_SCALE = 10_000
INSTANT = pa.timestamp("us", tz="UTC")

_EVENT_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("event_id", pa.string(), nullable=False),
    pa.field("identity", pa.string(), nullable=False),  # "namespace:value", as received
    pa.field("customer_id", pa.string(), nullable=False),  # as resolved
    pa.field("occurred_at", INSTANT, nullable=False),
    pa.field("received_at", INSTANT, nullable=False),
    pa.field("type", pa.string(), nullable=False),
    pa.field("channel", pa.string()),
    pa.field("source", pa.string(), nullable=False),
    pa.field("location_id", pa.string()),
    pa.field("order_id", pa.string()),
    pa.field("item_id", pa.string()),
    pa.field("quantity", pa.float64()),
    pa.field("amount", MONEY),
    pa.field("discount", MONEY),
    pa.field("currency", pa.string()),
    pa.field("campaign_id", pa.string()),
    pa.field("rating", pa.float64()),  # stars, a score, what a survey gave; finite
    pa.field("text", pa.string()),
    pa.field("properties", pa.string()),  # a small JSON object
]
EVENT_SCHEMA = pa.schema(_EVENT_FIELDS)

ITEM_SCHEMA = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("name", pa.string()),
        pa.field(
            "category_paths", pa.list_(pa.list_(pa.string()))
        ),  # each widest first, none without a label
        pa.field("brand", pa.string()),
    ]
)

_ATTRIBUTE_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("customer_id", pa.string(), nullable=False),
    pa.field("key", pa.string(), nullable=False),
    pa.field("value", pa.string(), nullable=False),
    pa.field("observed_at", INSTANT),  # missing: the source has no dates, so it counts as always known
]
ATTRIBUTE_SCHEMA = pa.schema(_ATTRIBUTE_FIELDS)


@dataclass(frozen=True)
class EventTypes:
    """The registered types of events and how each counts.

    >>> EventTypes().role("purchase").value
    'purchase'
    """

    roles: Mapping[str, Role] = field(default_factory=lambda: STANDARD_TYPES)

    def with_own(self, own: Mapping[str, Role]) -> "EventTypes":
        """These types and a shop's own; an own type may change how a standard one counts."""
        return EventTypes(MappingProxyType({**self.roles, **own}))

    def role(self, type_: str) -> Role:
        """How the type counts.

        Raises:
            InvalidInputError: The type is not registered.
        """
        try:
            return self.roles[type_]
        except KeyError:
            near = get_close_matches(type_, self.roles, n=3) or sorted(self.roles)
            raise InvalidInputError(
                "{type} is not a registered event type; did you mean {near}? "
                "A shop registers its own types in its mapping, under event_types",
                type=repr(type_),
                near=", ".join(near),
            ) from None


@dataclass(frozen=True)
class AttributeDefinition:
    """How a profile fact becomes numbers.

    `ordinal` levels become their position (0 for the first), `nominal` levels one 0/1 column each, a `number`
    itself; an unknown value is missing.
    """

    key: str
    kind: str  # "ordinal", "nominal" or "number"
    levels: tuple[str, ...] = ()
    name_en: str = ""
    name_zh: str = ""


@dataclass(frozen=True)
class Reject:
    """A row that broke the contract, kept with its reason."""

    source: str
    file: str
    line: int  # 1 is the first row of data
    reason: str  # a short stable code such as "missing_customer"
    detail: str
    content: str  # the row as JSON


LIVE_SOURCE = "api"
"""The source of events that came through the API."""


@dataclass(frozen=True)
class Event:
    """One live event after it was checked; money has at most four decimals."""

    event_id: str
    customer_id: str
    occurred_at: datetime
    received_at: datetime
    type: str
    identity: str = ""
    channel: str | None = None
    source: str = LIVE_SOURCE
    location_id: str | None = None
    order_id: str | None = None
    item_id: str | None = None
    quantity: float | None = None
    amount: Decimal | None = None
    discount: Decimal | None = None
    currency: str | None = None
    campaign_id: str | None = None
    rating: float | None = None
    text: str | None = None
    properties: str | None = None  # a small JSON object
