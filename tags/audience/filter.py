"""What to look for: customers who carry all of these tags, any of those, and none of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from core.errors import FieldError, InvalidInputError, NotFoundError
from core.language import Text
from tags.taxonomy import Taxonomy

OF_VALUE = ":"


@dataclass(frozen=True)
class Wanted:
    """A tag, or one value of it."""

    tag: str
    value: str | None = None

    def __str__(self) -> str:
        return self.tag if self.value is None else f"{self.tag}{OF_VALUE}{self.value}"


@dataclass(frozen=True)
class Filter:
    """A condition on the tags that customers carry; an empty one is true of everybody.

    Attributes:
        all: Each of them is carried.
        any: At least one of them is carried, where there are any.
        none: None of them is carried.
        min_confidence: How sure it has to be at least of a tag of `all` and `any`; what is carried without a
            confidence is sure.
        of_tag: The same for single tags; it goes before `min_confidence`.
        segment: The key of the segment that the customer is in.
    """

    all: tuple[Wanted, ...] = ()
    any: tuple[Wanted, ...] = ()
    none: tuple[Wanted, ...] = ()
    min_confidence: float | None = None
    of_tag: Mapping[str, float] = field(default_factory=dict)
    segment: str | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that it names, each once."""
        return tuple(dict.fromkeys(wanted.tag for wanted in (*self.all, *self.any, *self.none)))

    def least(self, tag: str) -> float | None:
        """How sure it has to be of a tag; None where that does not matter."""
        return self.of_tag.get(tag, self.min_confidence)


def wanted_tags(texts: Iterable[str], taxonomy: Taxonomy, *, name: str) -> tuple[Wanted, ...]:
    """The tags of texts such as `coffee` or `age_band:25-34`.

    Raises:
        NotFoundError: There is no such tag; the nearest ones are named.
        InvalidInputError: It has no such value.
    """
    return tuple(dict.fromkeys(_wanted(text, taxonomy, name) for text in texts))


def check_confidences(of_tag: Mapping[str, float], wanted: Filter, *, suffix: str) -> None:
    """Say nothing when each confidence is of a tag that is looked for.

    Raises:
        InvalidInputError: One is of another tag.
    """
    looked_for = {one.tag for one in (*wanted.all, *wanted.any)}
    for tag in of_tag:
        if tag not in looked_for:
            raise _wrong(
                f"{tag}{suffix}",
                Text("{tag} is not among all and any: name it there, or leave this out", {"tag": repr(tag)}),
                "tag_not_looked_for",
            )


def _wanted(text: str, taxonomy: Taxonomy, name: str) -> Wanted:
    key, has_value, value = text.partition(OF_VALUE)
    tags = {tag.key: tag for tag in taxonomy.tags}
    if key not in tags:
        near = ", ".join(get_close_matches(key, tags, n=3) or tags)
        problem = Text("there is no tag {tag}; did you mean {near}?", {"tag": repr(key), "near": near})
        raise NotFoundError(
            problem.message, fields=(FieldError(name, problem, "unknown_tag"),), **problem.values
        )
    values = tags[key].values
    if has_value and not tags[key].has_values:
        problem = Text("the tag {tag} has no values: leave {value} out", {"tag": key, "value": repr(value)})
        raise _wrong(name, problem, "tag_without_values")
    if has_value and values is not None and value not in values:
        problem = Text(
            "the tag {tag} has no value {value}; its values are {values}",
            {"tag": key, "value": repr(value), "values": ", ".join(values)},
        )
        raise _wrong(name, problem, "unknown_value")
    return Wanted(key, value if has_value else None)


def _wrong(name: str, problem: Text, code: str) -> InvalidInputError:
    return InvalidInputError(problem.message, fields=(FieldError(name, problem, code),), **problem.values)
