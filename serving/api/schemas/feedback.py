"""Decisions of reviewers as callers send them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from serving.api.fields import Answer, Body, Confidence, Identifier, Instant, Prose


class FeedbackRequest(Body):
    """A reviewer's decision on one tag of one customer."""

    decision_id: Identifier = Field(
        description="your own id of this decision; sending it again counts once",
        examples=["lin-2018-01-01-0001"],
    )
    customer_id: Identifier = Field(description="the customer", examples=["1"])
    tag: Identifier = Field(description="a tag of the taxonomy; /v1/tags lists them", examples=["coffee"])
    decision: Literal["accept", "reject"] = Field(
        description="whether the tag fits the customer", examples=["accept"]
    )
    reviewer: Identifier = Field(description="who decided", examples=["lin"])
    as_of: Instant | None = Field(
        default=None, description="the instant that the decision is about; now if left out"
    )
    note: Prose | None = Field(default=None, description="anything worth keeping")
    shown_confidence: Confidence | None = Field(
        default=None, description="the confidence that the reviewer was shown; left out for a blind review"
    )
    shown_release_id: Identifier | None = Field(
        default=None, description="the release_id of the prediction that the reviewer was shown"
    )


class FeedbackAnswer(Answer):
    """What becomes of the decision; it is on disk now."""

    decision_id: str = Field(description="as sent")
    status: Literal["recorded", "already_recorded"] = Field(description="whether the decision is new")
    holds_until: datetime = Field(description="until when it governs the customer's profile")
    next: str = Field(
        description="what happens with it",
        examples=["The next `tagloop train` learns from this decision; it governs the profile until then"],
    )
