"""What tags are called at a target, and which of them would not fit there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.language import Text
from tags.definition import Tag
from tags.outbox.targets import Target
from tags.taxonomy import Taxonomy

OTHERS = Text("Others")


class Label(NamedTuple):
    """A tag as the target knows it: its group there, and its name."""

    group: str
    name: str


@dataclass(frozen=True)
class Misfit:
    """A tag that the target would not take: what is wrong, and how to mend it."""

    tag: str
    value: str | None
    why: Text


def label_of(tag: Tag, value: str | None, taxonomy: Taxonomy, target: Target) -> Label:
    """A tag with values becomes a group of its own with a tag for each value; others stand in their group."""
    name = tag.name.in_language(target.language)
    if tag.has_values:
        return Label(name, value or "")
    group = taxonomy.group_of_tags(tag.group) if tag.group else None
    return Label(group.name.in_language(target.language) if group else OTHERS.render(target.language), name)


def misfits(labels: Mapping[tuple[str, str | None], Label], target: Target) -> list[Misfit]:
    """Everything that would not fit, by tag and value; nothing where all of it does."""
    found = [
        Misfit(tag, value, why)
        for (tag, value), label in labels.items()
        for why in _too_long(tag, label, target)
    ]
    found += [
        Misfit(tag, value, _same(label, places, tag))
        for label, places in _shared(labels)
        for tag, value in places[1:]
    ]
    surplus = len(labels) - target.tags_in_all
    if surplus > 0:
        values = {"target": target.key, "most": target.tags_in_all, "count": len(labels), "surplus": surplus}
        text = Text(
            "{target} holds {most} tags, and there are {count}: leave {surplus} out with --tag", values
        )
        found += [Misfit(tag, value, text) for tag, value in list(labels)[target.tags_in_all :]]
    return found


def _too_long(tag: str, label: Label, target: Target) -> Iterable[Text]:
    if len(label.name) > target.name_characters:
        yield Text(
            "its name has {count} characters, at most {most} fit: shorten {text} in the definition of {tag}",
            {"count": len(label.name), "most": target.name_characters, "text": repr(label.name), "tag": tag},
        )
    if len(label.group) > target.group_characters:
        yield Text(
            "the name of its group has {count} characters, at most {most} fit: shorten {text}",
            {"count": len(label.group), "most": target.group_characters, "text": repr(label.group)},
        )
    if not label.name.strip():
        yield Text("its value is empty: give {tag} a value", {"tag": tag})


def _shared(
    labels: Mapping[tuple[str, str | None], Label],
) -> list[tuple[Label, Sequence[tuple[str, str | None]]]]:
    by_label: dict[Label, list[tuple[str, str | None]]] = defaultdict(list)
    for place, label in labels.items():
        by_label[label].append(place)
    return [(label, places) for label, places in by_label.items() if len(places) > 1]


def _same(label: Label, places: Sequence[tuple[str, str | None]], tag: str) -> Text:
    return Text(
        "it would be called {name} in the group {group} like {other}: rename one of them in the definition of {tag}",
        {"name": repr(label.name), "group": repr(label.group), "other": places[0][0], "tag": tag},
    )
