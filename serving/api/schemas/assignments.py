"""The tags that customers carry, and what people say about them, as callers see and send them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from serving.api.fields import Answer, Body, Identifier, Names, Prose
from serving.api.schemas.changes import Former

SourceName = Literal["person", "import", "rule", "trigger", "model"]


class Why(Answer):
    """Why it is so, in words."""

    en: str = Field(description="in English", examples=["its rule holds (spend_84d = 812.4)"])
    zh: str = Field(description="in Simplified Chinese", examples=["规则成立 (spend_84d = 812.4)"])


class Assignment(Answer):
    """One tag that the customer carries."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tag: str = Field(description="the tag", examples=["coffee"])
    names: Names
    kind: str | None = Field(description="what kind of tag; null where the taxonomy no longer has it")
    group: str | None = Field(description="its group, if it has one")
    value: str | None = Field(description="its value, of a tag with values")
    confidence: float | None = Field(
        description="at least how sure, where the source has a confidence; a model's in steps of 0.05"
    )
    source: SourceName = Field(description="who says so")
    source_version: str = Field(
        description="what exactly spoke: a person, an import, a version of the rule or trigger, a release"
    )
    tag_version: int = Field(description="the version of the tag's definition; 0 before there were versions")
    as_of: datetime = Field(description="the instant whose knowledge it rests on")
    since: datetime = Field(alias="from", description="since when it is carried by this word")
    until: datetime | None = Field(description="when it lapses by itself; null where no end is known")
    why: Why
    evidence: dict[str, Any] = Field(description="values of the rule, the event's id, a note")


class ComputedThrough(Answer):
    """Through which instant a part of the tags is worked out for everybody."""

    through: datetime = Field(description="everything known before this instant counts")
    version: str = Field(description="the definitions and models that it was worked out with")
    computed_at: datetime = Field(description="when that was done")


class AssignmentsAnswer(Answer):
    """A customer's tags of all sources at an instant."""

    customer_id: str
    as_of: datetime
    assignments: list[Assignment] = Field(description="in the order of the taxonomy")
    computed: dict[str, ComputedThrough] = Field(
        description="by part: `rules`, `models`, `ends` (lapses) and `timers`; a part that never ran is missing"
    )


class HistoryEntry(Answer):
    """One change of the customer's tags."""

    seq: int = Field(description="its number in the order in which changes were committed")
    tag: str = Field(examples=["coffee"])
    names: Names
    change: Literal["added", "removed", "changed"]
    at: datetime = Field(description="when, by the shop's clock")
    value: str | None = Field(description="its value from then on")
    confidence: float | None
    source: SourceName | None = Field(description="who says so from then on; null of a removal")
    source_version: str | None
    tag_version: int | None
    until: datetime | None = Field(description="when it would lapse, as known then")
    before: Former | None = Field(description="what it was before, of one removed or changed")
    because: str | None = Field(description="why; stable, for programs", examples=["said"])
    why: Why
    evidence: dict[str, Any] = Field(description="of the word that tells why")


class HistoryAnswer(Answer):
    """A page of the changes of a customer's tags, newest first."""

    customer_id: str
    changes: list[HistoryEntry]
    next_cursor: str | None = Field(description="give it as `before` for older changes; null at the end")


class WordRequest(Body):
    """What a person says of a customer's tag."""

    word_id: Identifier = Field(
        description="your own id of this word; sending it again counts once", examples=["lin-2018-01-01-0007"]
    )
    by: Identifier = Field(description="who says it", examples=["lin"])
    value: Identifier | None = Field(default=None, description="of a tag with values: which", examples=[None])
    note: Prose | None = Field(default=None, description="anything worth keeping")


class WordAnswer(Answer):
    """What became of a person's word; it is on disk now."""

    word_id: str = Field(description="as sent")
    status: Literal["recorded", "already_recorded"]
    holds_until: datetime | None = Field(
        description="until when it outranks every other source; null: until somebody says otherwise"
    )


class TakenBackAnswer(Answer):
    """What became of taking people's words back."""

    status: Literal["taken_back", "nothing_to_take_back"]
