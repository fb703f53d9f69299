"""Webhooks, as callers make and see them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from serving.api.fields import Answer, Body, Identifier, Prose
from serving.api.schemas.changes import ChangeCursor

MOST_FILTERS = 500
EXAMPLE_URL = "https://crm.example.com/hooks/tagloop"


class WebhookRequest(Body):
    """An address that is to get changes pushed."""

    url: Annotated[Prose, Field(min_length=1, max_length=2_000)] = Field(
        description="an address of https; every delivery is a POST to it", examples=[EXAMPLE_URL]
    )
    tags: list[Identifier] = Field(
        default=[], max_length=MOST_FILTERS, description="only changes of these tags", examples=[["coffee"]]
    )
    kinds: list[Identifier] = Field(
        default=[],
        max_length=MOST_FILTERS,
        description="only changes of tags of these kinds; with `tags` those of either; left out both: all changes",
        examples=[["interest"]],
    )
    alerts: bool = Field(
        default=False,
        strict=True,
        description="whether it gets `drift.alert` as well: what monitoring finds wrong, and when that is over",
    )
    after: ChangeCursor | None = Field(
        default=None,
        description="a next_cursor of /v1/changes to begin after; left out: from now on",
    )


class WebhookEntry(Answer):
    """A webhook and how it fares. Its instants are of the wall clock, also where the shop's clock is another."""

    webhook_id: str = Field(description="its id", examples=["hook_1f0a6c9d2b7e4f5a8c3d1e2b"])
    url: str = Field(description="where deliveries go", examples=[EXAMPLE_URL])
    tags: list[str] = Field(description="only changes of these tags")
    kinds: list[str] = Field(description="only changes of tags of these kinds")
    alerts: bool = Field(description="whether it gets what monitoring finds wrong as well")
    created_at: datetime = Field(description="when it was made")
    ended_at: datetime | None = Field(description="when it was ended; it hears of nothing more")
    sent_through: int = Field(
        description="the last change that its target took or that was set aside", examples=[4711]
    )
    behind: int = Field(description="how many changes there are after that one, wanted or not", examples=[0])
    attempts: int = Field(description="how often the present delivery has failed", examples=[0])
    failing_since: datetime | None = Field(description="since when its target has taken nothing")
    next_try_at: datetime | None = Field(description="when the present delivery is tried again")
    last_error: str | None = Field(description="what went wrong last", examples=["it answered 503"])
    last_success_at: datetime | None = Field(description="when its target last took a delivery")
    dead_letters: int = Field(description="deliveries that were set aside and not taken since", examples=[0])


class NewWebhookAnswer(WebhookEntry):
    """A webhook just made."""

    secret: str = Field(
        description="signs every delivery (Standard Webhooks); keep it now, it is not shown again",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )


class WebhooksAnswer(Answer):
    """All webhooks that were not ended, oldest first."""

    webhooks: list[WebhookEntry] = Field(description="each with how it fares")


class TryAnswer(Answer):
    """What the target answered to one try."""

    taken: bool = Field(description="whether it took the delivery: it answered with a status from 200 to 299")
    status: int | None = Field(
        description="the status of its answer; null where it gave none", examples=[204]
    )
    problem: str | None = Field(description="what went wrong", examples=["it answered 503"])


class LetterEntry(Answer):
    """A delivery that was tried for three days and set aside."""

    seq: int = Field(description="its number", examples=[1])
    delivery_id: str = Field(description="the header webhook-id that it had, and has again")
    first_change: int = Field(description="it brings the changes from this number", examples=[4690])
    last_change: int = Field(description="to this one", examples=[4711])
    attempts: int = Field(description="how often it was tried", examples=[77])
    error: str = Field(description="what went wrong last", examples=["it answered 500"])
    died_at: datetime = Field(description="when it was set aside")
    sent_again_at: datetime | None = Field(description="when the target took it after all")


class LettersAnswer(Answer):
    """The dead letters of a webhook, oldest first."""

    dead_letters: list[LetterEntry] = Field(description="also those that were taken since")


class LetterSentAnswer(Answer):
    """A dead letter that was sent once more."""

    dead_letter: LetterEntry
    answer: TryAnswer
