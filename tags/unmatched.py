"""Labels of a taxonomy that stand on no item of the catalogue: such a tag quietly never comes true."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from features.catalogue import CatalogueItem, CategoryGroup
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Unmatched:
    """A label that no item has at its level.

    Attributes:
        label: As the taxonomy spells it.
        level: Where in the category path the tag looks for it, 0 the widest.
        near: The labels of that level that look most like it.
        levels: The other levels at which items do have it: then the tag's `level` is wrong, and not the label.
    """

    label: str
    level: int
    near: tuple[str, ...]
    levels: tuple[int, ...]


def unmatched_labels(taxonomy: Taxonomy, items: Iterable[CatalogueItem]) -> dict[str, list[Unmatched]]:
    """The labels without an item, by the key of their tag; tags whose labels all match are left out."""
    labels = labels_by_level(items)
    found = {group.name: _unmatched(group, labels) for group in taxonomy.groups}
    return {key: those for key, those in found.items() if those}


def labels_by_level(items: Iterable[CatalogueItem]) -> dict[int, set[str]]:
    """Every label of the catalogue, by its place in the category path."""
    labels: dict[int, set[str]] = defaultdict(set)
    for item in items:
        for path in item.category_paths:
            for level, label in enumerate(path):
                labels[level].add(label)
    return labels


def _unmatched(group: CategoryGroup, labels: Mapping[int, set[str]]) -> list[Unmatched]:
    here = labels.get(group.level, set())
    return [
        Unmatched(
            label,
            group.level,
            _near(label, here),
            tuple(level for level in sorted(labels) if label in labels[level]),
        )
        for label in group.labels
        if label not in here
    ]


def _near(label: str, known: Iterable[str]) -> tuple[str, ...]:
    """The nearest labels, capitals aside."""
    lowered = {other.lower(): other for other in sorted(known)}
    return tuple(lowered[name] for name in get_close_matches(label.lower(), lowered, n=3))
