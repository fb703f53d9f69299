"""What a release says about itself: `release.json`, validated."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST_FILE = "release.json"
ARRAYS_FILE = "arrays.npz"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Names(_Entry):
    """What people call something, by language."""

    en: str
    zh: str


class TagEntry(_Entry):
    """One interest tag, in the order of the model's outputs."""

    key: str
    names: Names
    floor: float = Field(default=0.0, ge=0, le=1, description="below it the tag is not shown")


class RiskEntry(_Entry):
    """One level of churn risk: it begins at a probability and ends where the next level begins."""

    key: str
    at_least: float = Field(ge=0, le=1)
    names: Names


class SegmentEntry(_Entry):
    """One segment, in the order of the centres."""

    key: str
    names: Names
    size: int | None = Field(default=None, description="customers in it when it was trained")
    share: float | None = Field(default=None, description="of all customers when it was trained")
    found_again: float | None = Field(
        default=None, description="share of it that is found again among resampled customers (Jaccard index)"
    )
    profile: dict[str, float | None] = Field(
        default_factory=dict, description="what is typical of it, by feature"
    )


class Origin(_Entry):
    """The registered version that a part of the release was made from."""

    name: str
    version: int
    run_id: str
    tags: dict[str, str] = Field(default_factory=dict)


class RefusalEntry(_Entry):
    """Something that the training refused to learn, with the reason."""

    part: str = Field(description="interest, reviewed, churn or segments")
    tag: str | None = Field(default=None, description="the tag that was left out; none for the whole part")
    code: str = Field(description="stable, for programs")
    said: Names = Field(description="what was found, what is needed, what to do")


class ReleaseFacts(_Entry):
    """What the caller of a promotion states; the models themselves come as fitted estimators."""

    origins: dict[str, Origin] = Field(description="by part: interest, churn, segments")
    feature_columns: tuple[str, ...] = Field(description="what `predict` takes, in order")
    feature_schema_version: str
    feature_spec: dict[str, Any] = Field(description="how to compute the features, for the feature builder")
    taxonomy_version: str
    tags: tuple[TagEntry, ...] = ()
    risk_levels: tuple[RiskEntry, ...] = ()
    segments: tuple[SegmentEntry, ...] = ()
    segments_ari: float | None = Field(
        default=None, description="adjusted Rand index of the segments with those of resampled customers"
    )
    refusals: tuple[RefusalEntry, ...] = Field(default=(), description="what is missing, and why")
    typical: dict[str, float | None] = Field(
        default_factory=dict,
        description="by feature what active customers had (see `models.typical`); null where most have none",
    )

    def refusal(self, part: str, tag: str | None = None) -> RefusalEntry | None:
        """Why the release lacks a part, or one tag of it; None when nothing was refused."""
        found = (entry for entry in self.refusals if (entry.part, entry.tag) == (part, tag))
        return next(found, None)


class BoosterFile(_Entry):
    """One LightGBM model as text, and the columns that it reads."""

    file: str
    columns: tuple[str, ...]


class Part(_Entry):
    """How one model is kept: in the arrays under the part's name, as one text file for each output, or as parts."""

    kind: Literal["linear", "boosted", "pooled", "segments", "blend"]
    columns: tuple[str, ...] = Field(default=(), description="what a part of arrays reads, in order")
    stems: tuple[str, ...] = Field(default=(), description="what each tag has of its own in a pooled part")
    boosters: tuple[BoosterFile, ...] = ()
    members: tuple["Part", ...] = Field(
        default=(), description="of a blend; the arrays of the first are named NAME_0, of the next NAME_1"
    )
    weights: tuple[float, ...] = Field(default=(), description="of the members' log odds in a blend")
    is_calibrated: bool = Field(
        default=False, description="whether the arrays hold a calibration of its outputs"
    )


class Manifest(_Entry):
    """`release.json`: the facts, the parts, and a checksum for every other file."""

    format: Literal[1] = Field(default=1, description="raised when code from before could not read it")
    facts: ReleaseFacts
    parts: dict[str, Part]
    files: dict[str, str] = Field(description="SHA-256 by file name")

    def text(self) -> str:
        """The file's content; the same release always gives the same text."""
        return self.model_dump_json(indent=1) + "\n"


def release_id_of(manifest_text: bytes) -> str:
    """The content names the folder: the first 20 hexadecimal digits of the manifest's SHA-256."""
    return sha256(manifest_text)[:20]


def sha256(content: bytes) -> str:
    """The checksum of a file's content, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def checksums(contents: Mapping[str, bytes]) -> dict[str, str]:
    """The checksums of several files by their names, in the order of the names."""
    return {name: sha256(contents[name]) for name in sorted(contents)}
