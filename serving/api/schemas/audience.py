"""Customers found by their tags, and counts of them, as callers ask and get them."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from features.contract import ID_LIMIT
from serving.api.fields import Answer, Body, Confidence, Identifier, Instant, Prose

MOST_TAGS = 50
MOST_COUNTED = 20
NAME_LIMIT = 100
WHERE_LIMIT = 2_000
CURSOR_LIMIT = 4 * ID_LIMIT * 4 // 3 + 4  # an id's bytes as base64
CURSOR_PATTERN = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2,3})?$"


def cursor_of(customer_id: str) -> str:
    """Where the page after that customer begins.

    >>> read_cursor(cursor_of("客户 7"))
    '客户 7'
    """
    return base64.urlsafe_b64encode(customer_id.encode()).decode().rstrip("=")


def read_cursor(text: str) -> str:
    """The customer behind whom a page begins.

    Raises:
        ValueError: The text is no cursor.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise ValueError("no cursor") from None


def _cursor(value: Any) -> str:
    text = str(value)
    try:
        after = read_cursor(text) if len(text) <= CURSOR_LIMIT else ""
    except ValueError:
        after = ""
    if not after or "\x00" in after:
        raise PydanticCustomError("audience_cursor", "expected next_cursor of a page before")
    return after


AudienceCursor = Annotated[
    str,
    BeforeValidator(_cursor),
    WithJsonSchema({"type": "string", "minLength": 2, "maxLength": CURSOR_LIMIT, "pattern": CURSOR_PATTERN}),
]


class CarriedTag(Answer):
    """One tag that a customer carries."""

    key: str = Field(description="the tag", examples=["coffee"])
    value: str | None = Field(description="its value, of a tag with values; null of others")
    confidence: float | None = Field(
        description="how sure it is; null where a person, import or rule is sure"
    )
    source: str = Field(description="person, import, rule, trigger or model", examples=["rule"])
    since: datetime = Field(description="since when it is carried by this word of its source")


class FoundCustomer(Answer):
    """One customer who was found."""

    customer_id: str = Field(description="the customer", examples=["1228"])
    tags: list[CarriedTag] | None = Field(
        default=None, description="everything that they carried at the instant; only with with_tags"
    )


class AudienceAnswer(Answer):
    """A page of the customers who carry these tags and not those."""

    as_of: datetime = Field(description="the instant whose profiles were searched")
    computed_through: dict[str, datetime] = Field(
        description="through which instant each part of the profiles is worked out: rules, models, timers",
    )
    found: int = Field(description="how many customers there are in all, over all pages", examples=[214])
    customers: list[FoundCustomer] = Field(description="in the order of their ids")
    next_cursor: str | None = Field(
        description="for the next page; null on the last one. Whoever meets the condition throughout comes exactly "
        "once, whatever changes between the pages"
    )


TagText = Annotated[
    Identifier,
    Field(description="a tag, or one value of it: `coffee`, `age_band:25-34`", examples=["coffee"]),
]


class CountedSearch(Body):
    """One condition; where several parts are given, all of them have to hold."""

    name: Identifier = Field(
        max_length=NAME_LIMIT, description="what the answer calls it", examples=["coffee"]
    )
    all: list[TagText] = Field(
        default=[], max_length=MOST_TAGS, description="tags all of which are carried", examples=[["coffee"]]
    )
    any: list[TagText] = Field(
        default=[], max_length=MOST_TAGS, description="tags at least one of which is carried"
    )
    none: list[TagText] = Field(default=[], max_length=MOST_TAGS, description="tags none of which is carried")
    min_confidence: Confidence | None = Field(
        default=None, description="how sure it has to be at least of the tags in all and any"
    )
    segment: Identifier | None = Field(default=None, description="the segment that the customer is in")
    where: Prose | None = Field(
        default=None,
        min_length=1,
        max_length=WHERE_LIMIT,
        description="a condition in the language of rules over tags, segment and churn, such as "
        "`tag.coffee and not tag.tea and churn > 0.3`",
    )


class CountRequest(Body):
    """Several conditions to be counted over the same profiles."""

    searches: list[CountedSearch] = Field(
        min_length=1,
        max_length=MOST_COUNTED,
        description="what to count",
        examples=[[{"name": "coffee", "all": ["coffee"]}, {"name": "no coffee", "none": ["coffee"]}]],
    )
    as_of: Instant | None = Field(
        default=None, description="the instant whose profiles count; now if left out"
    )


class Counted(Answer):
    """How many customers meet one condition."""

    name: str
    customers: int = Field(examples=[214])
    share: float = Field(description="of all customers, from 0 to 1", examples=[0.09])


class OverlapAnswer(Answer):
    """What two of the conditions have in common."""

    first: str
    second: str
    customers: int = Field(description="who meet both")
    share_of_first: float | None = Field(description="of the first one's customers; null where it has none")
    share_of_second: float | None = Field(description="of the second one's customers; null where it has none")


class CountAnswer(Answer):
    """How many customers meet each condition, and each two of them."""

    as_of: datetime = Field(description="the instant whose profiles were counted")
    computed_through: dict[str, datetime] = Field(
        description="through which instant each part of the profiles is worked out",
    )
    customers: int = Field(description="all customers")
    counts: list[Counted] = Field(description="in the order of the call")
    overlaps: list[OverlapAnswer] = Field(description="each two conditions")
    any: int = Field(description="who meet at least one of the conditions")
