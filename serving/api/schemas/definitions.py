"""Definitions of tags and their versions, as callers write and see them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from serving.api.fields import Answer, Body, Identifier, Prose
from tags.definition import Tag, TagGroup

AT = "2018-01-01T05:00:00+00:00"


class DefinitionAnswer(Answer):
    """One version of a tag's definition."""

    key: str = Field(description="stable name for programs", examples=["spend_high"])
    version: int = Field(description="the version of its definition", examples=[3])
    definition: Tag = Field(description="what the version says, as a file of tags does")
    made_by: str = Field(
        description="who made the version: the name of an API key, a person, a file", examples=["crm"]
    )
    origin: str = Field(
        description="where it came from: api, settings (the file of the settings), another file, or a pack",
        examples=["api"],
    )
    made_at: datetime = Field(description="when it was made", examples=[AT])
    note: str | None = Field(description="why, where somebody said so", examples=[None])


class SavedAnswer(DefinitionAnswer):
    """The version that counts after the call."""

    is_new: bool = Field(description="whether the call made it; false where it said what was known")


class VersionsAnswer(Answer):
    """Every version of a tag's definition, the newest first."""

    versions: list[DefinitionAnswer]


class ImpactAnswer(Answer):
    """What depends on a tag."""

    key: str = Field(description="stable name for programs", examples=["spend_high"])
    version: int = Field(description="the version of its definition", examples=[3])
    rules: list[str] = Field(description="tags whose rule looks at it", examples=[["vip"]])
    triggers: list[str] = Field(
        description="tags whose trigger looks at it or at moves within its group", examples=[["spend_rose"]]
    )
    group: list[str] = Field(description="the other tags of its one-of group", examples=[["spend_low"]])
    is_learned: bool = Field(description="whether a model learns it")
    certified_for: list[str] = Field(description="model versions that were certified for it", examples=[[]])
    webhooks: list[str] = Field(description="webhooks that ask for it by its key", examples=[[]])
    held: int = Field(description="rows of imports that wait for their customer", examples=[0])
    due: int = Field(description="customers for whom a trigger will give it", examples=[0])
    customers: int = Field(description="customers who carry it now", examples=[464])
    claims: dict[str, int] = Field(
        description="by source what stands on it, also where it is outranked", examples=[{"rule": 464}]
    )


class RetireRequest(Body):
    """Why a tag ends."""

    note: Annotated[Prose, Field(max_length=500)] | None = Field(
        default=None, description="why", examples=["nobody used it"]
    )
    force: bool = Field(
        default=False, strict=True, description="even if rules or triggers of other tags look at it"
    )


class TagGroupsAnswer(Answer):
    """The groups of tags."""

    groups: list[TagGroup]


class PackEntry(Answer):
    """A pack of ready-made tags."""

    key: str = Field(description="its name for programs", examples=["general"])
    names: dict[str, str] = Field(description="what people call it, by language")
    definition: dict[str, str] = Field(description="what it is for, by language")
    is_active: bool = Field(description="whether tags of it were activated and not ended since")


class PacksAnswer(Answer):
    """The packs of ready-made tags."""

    packs: list[PackEntry]


Words = dict[Identifier, Identifier]


class PackRequest(Body):
    """How to activate a pack."""

    attributes: Words = Field(
        default={},
        max_length=100,
        description="by word of the pack the shop's own attribute",
        examples=[{"age_band": "age"}],
    )
    channels: Words = Field(
        default={}, max_length=100, description="by word of the pack the shop's own channel"
    )
    events: Words = Field(
        default={}, max_length=100, description="by word of the pack the shop's own event type"
    )
    include: list[Identifier] = Field(
        default=[], max_length=500, description="tags to activate though no such event ever came"
    )
    force: bool = Field(
        default=False, strict=True, description="let the pack win over changes made elsewhere"
    )
    dry_run: bool = Field(default=False, strict=True, description="say what would happen and change nothing")


class LeftOutTag(Answer):
    """A tag of the pack that the shop's data cannot feed."""

    key: str = Field(description="stable name for programs", examples=["gender"])
    because: str = Field(description="why, and what to do about it")


class PackAnswer(Answer):
    """What activating did, or would do."""

    pack: str = Field(description="its name for programs", examples=["general"])
    tags: list[str] = Field(description="the tags that are active by it")
    changed: list[str] = Field(description="those of which a new version was made")
    retired: list[str] = Field(description="tags that an earlier version of the pack had")
    read_as: dict[str, str] = Field(
        description="what the shop calls words of the pack, where it is another name",
        examples=[{"age_band": "age"}],
    )
    left_out: list[LeftOutTag]


class PackOffRequest(Body):
    """How to deactivate a pack."""

    force: bool = Field(
        default=False,
        strict=True,
        description="end also what people changed, and what rules of other tags look at",
    )
    dry_run: bool = Field(default=False, strict=True, description="say what would happen and change nothing")


class PackOffAnswer(Answer):
    """What deactivating did, or would do."""

    pack: str = Field(description="its name for programs", examples=["general"])
    retired: list[str] = Field(description="the tags that end")
    kept: list[str] = Field(description="tags of the pack that somebody has changed, and that stay")
