"""How a predicted tag can be proved wrong: by what customers do afterwards, or by people alone."""

from typing import Annotated, Literal

from pydantic import Field

from tags.part import Part, Prose


class PurchaseOutcome(Part):
    """True when the customer buys from one of the categories within the horizon after the cutoff."""

    type: Literal["purchase"] = "purchase"
    categories: tuple[Prose, ...] = Field(
        min_length=1, description="labels of the catalogue, as spelled there"
    )
    level: int = Field(
        default=1, ge=0, le=9, description="place of the labels in the category path, 0 the widest"
    )


class EventOutcome(Part):
    """True when such an event happens within the horizon after the cutoff: a rating, a message, a visit.

    With categories the event's item must be of one of them, with `at_least` its rating that or more.
    """

    type: Literal["event"] = "event"
    events: tuple[Prose, ...] = Field(
        min_length=1,
        description="what counts: event types, or roles such as opinion, interest or contact; "
        "a word that is both is the role",
    )
    at_least: float | None = Field(
        default=None, allow_inf_nan=False, description="the least rating that counts; any event if left out"
    )
    categories: tuple[Prose, ...] = Field(
        default=(), description="labels of the catalogue, as spelled there; whatever the item if left out"
    )
    level: int = Field(
        default=1, ge=0, le=9, description="place of the labels in the category path, 0 the widest"
    )


class ReviewedOutcome(Part):
    """True when a reviewer confirms it; nothing but reviewers' decisions can tell."""

    type: Literal["reviewed"] = "reviewed"
    defined_by: tuple[Prose, ...] = Field(
        default=(), description="attributes that define the tag; its model must not see them"
    )


Outcome = Annotated[PurchaseOutcome | EventOutcome | ReviewedOutcome, Field(discriminator="type")]
