"""The taxonomy: every tag with its names, its meaning and how it can be proved wrong."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import FieldError, InvalidInputError, NotFoundError
from core.language import Language, Text
from core.wrong_values import WrongValueError, field_errors
from features.catalogue import CategoryGroup
from features.outcomes import Target

DEFAULT_FILE = Path(__file__).parent / "complete_journey.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """One text in both languages."""

    en: str = Field(min_length=1, max_length=500)
    zh: str = Field(min_length=1, max_length=500)

    def in_language(self, language: Language) -> str:
        """The text in that language."""
        return self.zh if language == "zh" else self.en


class PurchaseOutcome(_Part):
    """True when the customer buys from one of the categories within the horizon after the cutoff."""

    type: Literal["purchase"] = "purchase"
    categories: tuple[str, ...] = Field(min_length=1, description="labels of the catalogue, as spelled there")
    level: int = Field(
        default=1, ge=0, le=9, description="place of the labels in the category path, 0 the widest"
    )


class EventOutcome(_Part):
    """True when such an event happens within the horizon after the cutoff: a rating, a message, a visit.

    With categories the event's item must be of one of them, with `at_least` its rating that or more.
    """

    type: Literal["event"] = "event"
    events: tuple[str, ...] = Field(
        min_length=1,
        description="what counts: event types, or roles such as opinion, interest or contact; "
        "a word that is both is the role",
    )
    at_least: float | None = Field(
        default=None, allow_inf_nan=False, description="the least rating that counts; any event if left out"
    )
    categories: tuple[str, ...] = Field(
        default=(), description="labels of the catalogue, as spelled there; whatever the item if left out"
    )
    level: int = Field(
        default=1, ge=0, le=9, description="place of the labels in the category path, 0 the widest"
    )


class ReviewedOutcome(_Part):
    """True when a reviewer confirms it; nothing but reviewers' decisions can tell."""

    type: Literal["reviewed"] = "reviewed"
    defined_by: tuple[str, ...] = Field(
        default=(), description="attributes that define the tag; its model must not see them"
    )


Outcome = Annotated[PurchaseOutcome | EventOutcome | ReviewedOutcome, Field(discriminator="type")]


class Tag(_Part):
    """One tag of the taxonomy."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$", description="stable name for programs")
    name: Words
    definition: Words
    goods: Words | None = Field(
        default=None,
        description="what its outcome counts, within a sentence: coffee; cat food and litter. "
        "The name in quotes if left out",
    )
    kind: Literal["interest"] = "interest"
    method: Literal["model"] = "model"
    outcome: Outcome
    floor: float = Field(
        default=0.1, ge=0, le=1, description="suggestions below this confidence are not shown"
    )
    target_precision: float = Field(
        default=0.8,
        gt=0,
        lt=1,
        description="of those to whom the tag is applied without a person, the share that it has to fit",
    )
    confidence: float = Field(
        default=0.9, ge=0.5, lt=1, description="how sure that has to be before the tag is applied"
    )
    lifetime_days: int = Field(default=30, ge=1, le=3650, description="how long a decision holds")


class Taxonomy(_Part):
    """All tags; `version` is a hash of the content, so two equal files have equal versions."""

    tags: tuple[Tag, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Taxonomy":
        keys = [tag.key for tag in self.tags]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise WrongValueError("tag keys must be unique; given twice: {keys}", keys=", ".join(twice))
        return self

    @cached_property
    def version(self) -> str:
        """A short hash of everything in the file."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

    def __getitem__(self, key: str) -> Tag:
        """The tag with that key.

        Raises:
            NotFoundError: There is none.
        """
        for tag in self.tags:
            if tag.key == key:
                return tag
        known = ", ".join(tag.key for tag in self.tags)
        text = Text("there is no tag {key}; the tags are {known}", {"key": repr(key), "known": known})
        raise NotFoundError(text.message, fields=(FieldError("tag", text, "unknown_tag"),), **text.values)

    @property
    def outcome_tags(self) -> tuple[Tag, ...]:
        """The tags whose outcome the events tell: a purchase, a rating, a message, ..."""
        return tuple(tag for tag in self.tags if not isinstance(tag.outcome, ReviewedOutcome))

    @property
    def reviewed_tags(self) -> tuple[Tag, ...]:
        """The tags whose outcome only people know."""
        return tuple(tag for tag in self.tags if isinstance(tag.outcome, ReviewedOutcome))

    @property
    def groups(self) -> tuple[CategoryGroup, ...]:
        """The category groups that the features count for these tags."""
        return tuple(
            CategoryGroup(tag.key, tag.outcome.categories, tag.outcome.level)
            for tag in self.tags
            if not isinstance(tag.outcome, ReviewedOutcome) and tag.outcome.categories
        )

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the outcomes count, one for each tag whose outcome the events tell."""
        return tuple(_target(tag) for tag in self.outcome_tags)


def _target(tag: Tag) -> Target:
    if isinstance(tag.outcome, EventOutcome):
        outcome = tag.outcome
        return Target(tag.key, outcome.events, outcome.at_least, in_group=bool(outcome.categories))
    return Target(tag.key)


def load_taxonomy(file: Path | None = None) -> Taxonomy:
    """The taxonomy of a YAML file; the demo's where none is named.

    Raises:
        InvalidInputError: The file is missing, is no YAML, or breaks the schema; every culprit is named.
    """
    path = file or DEFAULT_FILE
    return parse_taxonomy(_read(path), source=str(path))


def parse_taxonomy(content: Any, *, source: str = "taxonomy") -> Taxonomy:
    """The taxonomy that plain values describe.

    Raises:
        InvalidInputError: They break the schema; every culprit is named.
    """
    try:
        return Taxonomy.model_validate(content)
    except ValidationError as error:
        problems = field_errors(error, whole="tags")
        raise InvalidInputError(
            "{source} is not a valid taxonomy: {keys}",
            fields=problems,
            source=source,
            keys=", ".join(problem.field for problem in problems),
        ) from None


def taxonomy_schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return Taxonomy.model_json_schema()


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise InvalidInputError(
            "taxonomy: cannot read {path}; give the path of a YAML file", path=path
        ) from None
    except UnicodeDecodeError:
        raise InvalidInputError("taxonomy: {path} is not UTF-8 text; save it as UTF-8", path=path) from None
    except yaml.YAMLError as error:
        raise InvalidInputError(
            "taxonomy: {path} is not valid YAML: {error}", path=path, error=error
        ) from None


def write_schema() -> None:
    """Write the JSON schema beside this module."""
    schema = json.dumps(taxonomy_schema(), indent=2, ensure_ascii=False) + "\n"
    Path(__file__).with_name("taxonomy.schema.json").write_text(schema, encoding="utf-8")


if __name__ == "__main__":
    write_schema()
