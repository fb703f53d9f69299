"""What one source says about one tag of one customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands where an end is not known; answers leave it out."""


class Source(StrEnum):
    """Who says it; in the order of precedence, the strongest first."""

    PERSON = "person"
    IMPORT = "import"
    RULE = "rule"
    TRIGGER = "trigger"
    MODEL = "model"


@dataclass(frozen=True)
class Claim:
    """One source's word on one tag of one customer; the next one of the same source on the same tag ends it.

    Attributes:
        claim_id: Chosen by the source, so that saying it twice counts once; None lets the book name it.
        tag_version: The version of the definition that it was made with.
        source_version: What exactly spoke: a reviewer, an import's id, `rule`'s or `trigger`'s tag version, a release.
        carries: Whether the customer carries the tag; False where a source says that the tag does not fit.
        value: Of a tag with values, which; None otherwise.
        confidence: From 0 to 1 where the source has one; None where it is sure.
        evidence: What a person needs to see why: the rule's values, the event's id, reasons, a note.
        as_of: The instant whose knowledge it rests on.
        until: When it lapses by itself; `NEVER` where it holds until the source says otherwise.
    """

    claim_id: str | None
    customer_id: str
    tag: str
    tag_version: int
    source: Source
    source_version: str
    carries: bool
    as_of: datetime
    until: datetime = NEVER
    value: str | None = None
    confidence: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
