"""Changes of profiles, as callers get them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from serving.api.fields import Answer

LATEST = "latest"
CURSOR_DIGITS = 18
CURSOR_PATTERN = rf"^({LATEST}|[0-9]{{1,{CURSOR_DIGITS}}})$"


def _cursor(value: Any) -> str:
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= CURSOR_DIGITS
    if not is_number and value != LATEST:
        raise PydanticCustomError("change_cursor", "expected a cursor of the feed")
    return str(value)


ChangeCursor = Annotated[
    str, BeforeValidator(_cursor), WithJsonSchema({"type": "string", "pattern": CURSOR_PATTERN})
]


class Former(Answer):
    """What a tag was before a change."""

    value: str | None = Field(default=None, description="its value, of a tag with values")
    source: str | None = Field(default=None, description="who said it", examples=["rule"])
    confidence: float | None = Field(default=None, description="how sure, where the source has a confidence")


class ChangeEntry(Answer):
    """One change of one customer's profile."""

    seq: int = Field(
        description="its number; numbers grow, and a repeated one is the same change", examples=[4711]
    )
    customer_id: str = Field(description="whose profile", examples=["1"])
    tag: str = Field(description="which tag", examples=["coffee"])
    change: Literal["added", "removed", "changed"] = Field(
        description="`changed`: carried before and after, with another value, confidence or source"
    )
    at: datetime = Field(description="when, by the shop's clock")
    value: str | None = Field(default=None, description="its value now, of a tag with values")
    confidence: float | None = Field(
        default=None, description="how sure, where the source has a confidence", examples=[0.93]
    )
    source: str | None = Field(
        default=None, description="who says so: person, import, rule, trigger or model", examples=["model"]
    )
    source_version: str | None = Field(
        default=None, description="what exactly spoke: a reviewer, an import, a release"
    )
    tag_version: int | None = Field(default=None, description="the version of the tag's definition")
    until: datetime | None = Field(default=None, description="when it lapses by itself, where that is known")
    because: str | None = Field(
        default=None, description="why it changed; stable, for programs", examples=["said"]
    )
    by: str | None = Field(default=None, description="the tag of the same group that took its place")
    before: Former | None = Field(default=None, description="what it was before, of one removed or changed")
    evidence: dict[str, Any] = Field(description="what it rests on: values of a rule, an event, a note")


class ChangesAnswer(Answer):
    """A page of the feed, oldest first."""

    changes: list[ChangeEntry] = Field(description="in the order in which they were committed")
    next_cursor: str = Field(
        description="give it as `after` for what follows, now or later; keep it once the changes are dealt with",
        examples=["4711"],
    )
    has_more: bool = Field(description="whether there was more at the moment of the answer")
