"""The taxonomy: every tag with its names, its meaning and how it can be proved wrong."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from core.errors import FieldError, InvalidInputError, NotFoundError
from core.language import Text
from core.wrong_values import WrongValueError, field_errors
from features.catalogue import CategoryGroup
from features.outcomes import Target
from tags.consistency import faults_between
from tags.definition import Status, Tag, TagGroup
from tags.outcome import EventOutcome, PurchaseOutcome, ReviewedOutcome
from tags.part import Part, Words

__all__ = [
    "DEFAULT_FILE",
    "EventOutcome",
    "PurchaseOutcome",
    "ReviewedOutcome",
    "Tag",
    "TagGroup",
    "Taxonomy",
    "Words",
    "load_taxonomy",
    "no_such_tag",
    "parse_taxonomy",
    "read_yaml",
    "taxonomy_schema",
]

DEFAULT_FILE = Path(__file__).parent / "complete_journey.yaml"

# What a definition said before there were sources but models: always part of the hash that is the version.
_ALWAYS_HASHED = frozenset(
    {
        "key",
        "name",
        "definition",
        "goods",
        "kind",
        "method",
        "outcome",
        "floor",
        "target_precision",
        "confidence",
        "lifetime_days",
    }
)


class Taxonomy(Part):
    """All tags; `version` is a hash of the content, so two equal files have equal versions."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    tags: tuple[Tag, ...] = Field(min_length=1)
    groups_of_tags: tuple[TagGroup, ...] = Field(
        default=(), alias="groups", description="groups of tags, such as tiers of which a customer has one"
    )
    _versions: Mapping[str, int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Taxonomy":
        twice = _twice(tag.key for tag in self.tags)
        if twice:
            raise WrongValueError("tag keys must be unique; given twice: {keys}", keys=", ".join(twice))
        twice = _twice(group.key for group in self.groups_of_tags)
        if twice:
            raise WrongValueError("group keys must be unique; given twice: {keys}", keys=", ".join(twice))
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, which works out its version and its look-up anew."""
        found = super().model_copy(update=update, deep=deep)
        for name in set(found.__dict__) - set(type(self).model_fields):
            del found.__dict__[name]
        return found

    def with_versions(self, versions: Mapping[str, int]) -> Self:
        """The same, as the versions of its definitions in the store."""
        found = self.model_copy()
        found._versions = dict(versions)  # noqa: SLF001 (of our own kind)
        return found

    @cached_property
    def versions(self) -> Mapping[str, int]:
        """By key the version of its definition in the store; 0 for a tag of a file that is not in the store."""
        return {tag.key: self._versions.get(tag.key, 0) for tag in self.tags}

    @cached_property
    def version(self) -> str:
        """A short hash of every definition that is not retired."""
        text = json.dumps(self._stated(), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

    def _stated(self) -> dict[str, Any]:
        """What the hash is of. A file that says nothing new has the version that it always had."""
        tags = self.in_use
        used = {tag.group for tag in tags}
        groups = [one.model_dump(mode="json") for one in self.groups_of_tags if one.key in used]
        return {"tags": [_stated(tag) for tag in tags], **({"groups": groups} if groups else {})}

    def __getitem__(self, key: str) -> Tag:
        """The tag with that key.

        Raises:
            NotFoundError: There is none.
        """
        found = self._by_key.get(key)
        if found is not None:
            return found
        raise no_such_tag(key, self._by_key)

    @cached_property
    def _by_key(self) -> Mapping[str, Tag]:
        return {tag.key: tag for tag in self.tags}

    def get(self, key: str) -> Tag | None:
        """The tag with that key, if there is one."""
        return self._by_key.get(key)

    @cached_property
    def in_use(self) -> tuple[Tag, ...]:
        """The tags that are not retired."""
        return tuple(tag for tag in self.tags if tag.status is not Status.RETIRED)

    @cached_property
    def current(self) -> tuple[Tag, ...]:
        """The tags that customers can carry: active ones and pilots."""
        return tuple(tag for tag in self.tags if tag.is_current)

    def group_of_tags(self, key: str) -> TagGroup | None:
        """The group with that key, if there is one."""
        return next((group for group in self.groups_of_tags if group.key == key), None)

    def tags_of_group(self, key: str) -> tuple[Tag, ...]:
        """The tags of a group from the lowest to the highest; none of them is retired."""
        return self._of_groups.get(key, ())

    @cached_property
    def _of_groups(self) -> Mapping[str, tuple[Tag, ...]]:
        orders = {group.key: group.order for group in self.groups_of_tags}
        members: dict[str, list[Tag]] = {}
        for tag in self.in_use:
            if tag.group is not None:
                members.setdefault(tag.group, []).append(tag)
        return {key: _in_order(tags, orders.get(key, ())) for key, tags in members.items()}

    @property
    def _learned(self) -> tuple[Tag, ...]:
        """The tags that models learn: those that are drafts as well, retired ones no more."""
        return tuple(tag for tag in self.in_use if tag.outcome is not None)

    @property
    def outcome_tags(self) -> tuple[Tag, ...]:
        """The tags whose outcome the events tell: a purchase, a rating, a message, ..."""
        return tuple(tag for tag in self._learned if not isinstance(tag.outcome, ReviewedOutcome))

    @property
    def reviewed_tags(self) -> tuple[Tag, ...]:
        """The tags whose outcome only people know."""
        return tuple(tag for tag in self._learned if isinstance(tag.outcome, ReviewedOutcome))

    @property
    def groups(self) -> tuple[CategoryGroup, ...]:
        """The category groups that the features count for these tags."""
        return tuple(
            CategoryGroup(tag.key, tag.outcome.categories, tag.outcome.level)
            for tag in self._learned
            if isinstance(tag.outcome, PurchaseOutcome | EventOutcome) and tag.outcome.categories
        )

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the outcomes count, one for each tag whose outcome the events tell."""
        return tuple(_target(tag) for tag in self.outcome_tags)


def no_such_tag(key: str, known: Iterable[str]) -> NotFoundError:
    """What to say of a tag that nobody defined."""
    tags = ", ".join(known) or "-"
    text = Text("there is no tag {key}; the tags are {known}", {"key": repr(key), "known": tags})
    return NotFoundError(text.message, fields=(FieldError("tag", text, "unknown_tag"),), **text.values)


def _in_order(tags: Iterable[Tag], order: Sequence[str]) -> tuple[Tag, ...]:
    places = {key: place for place, key in enumerate(order)}
    return tuple(sorted(tags, key=lambda tag: places.get(tag.key, len(places))))


def _twice(keys: Iterable[str]) -> list[str]:
    return sorted(key for key, times in Counter(keys).items() if times > 1)


def _stated(tag: Tag) -> dict[str, Any]:
    defaults = {name: field.default for name, field in Tag.model_fields.items()}
    said = tag.model_dump(mode="json")
    return {name: value for name, value in said.items() if name in _ALWAYS_HASHED or value != defaults[name]}


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
    return parse_taxonomy(read_yaml(path), source=str(path))


def parse_taxonomy(content: Any, *, source: str = "taxonomy") -> Taxonomy:
    """The taxonomy that plain values describe.

    Raises:
        InvalidInputError: They break the schema, or definitions do not go together; every culprit is named.
    """
    try:
        found = Taxonomy.model_validate(content)
    except ValidationError as error:
        raise _not_valid(source, field_errors(error, whole="tags")) from None
    problems = faults_between(found.tags, found.groups_of_tags)
    if problems:
        raise _not_valid(source, problems)
    return found


def _not_valid(source: str, problems: tuple[FieldError, ...]) -> InvalidInputError:
    return InvalidInputError(
        "{source} is not a valid taxonomy: {keys}",
        fields=problems,
        source=source,
        keys=", ".join(problem.field for problem in problems),
    )


def taxonomy_schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return Taxonomy.model_json_schema()


def read_yaml(path: Path) -> Any:
    """The plain values of a YAML file.

    Raises:
        InvalidInputError: It cannot be read, or it is no YAML.
    """
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
