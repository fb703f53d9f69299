"""The catalogue as arrays: which items belong to which category groups."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from core.ids import MISSING_KEY
from features.key_index import KeyIndex

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

CATEGORY_LEVEL = 1  # of the path, widest first; the widest itself where a path has only one level


@dataclass(frozen=True)
class CategoryGroup:
    """A named set of catalogue categories that features count purchases of.

    An item belongs when the label at `level` of one of its category paths (0 is the widest) is among `labels`.
    """

    name: str
    labels: tuple[str, ...]
    level: int = CATEGORY_LEVEL

    def as_json(self) -> dict[str, Any]:
        """The group as plain values."""
        return {"name": self.name, "labels": list(self.labels), "level": self.level}


@dataclass(frozen=True)
class CatalogueItem:
    """What features need to know of an item; each of its category paths has a label."""

    item_key: int
    category_paths: Sequence[Sequence[str]]


class CatalogueItems(Sequence[CatalogueItem]):
    """A shop's items in a tenth of their memory: numbers, of which each item is made when somebody looks at it."""

    def __init__(self, item_keys: Ints, kinds: Sequence[Sequence[Sequence[str]]], of_items: Ints) -> None:
        """Of each item its key and the number of its category paths among the `kinds`: shapes (n_items,)."""
        self._item_keys = item_keys
        self._kinds = kinds
        self._of_items = of_items

    def __len__(self) -> int:
        """How many there are."""
        return len(self._item_keys)

    @overload
    def __getitem__(self, place: int) -> CatalogueItem: ...

    @overload
    def __getitem__(self, place: slice) -> "CatalogueItems": ...

    def __getitem__(self, place: int | slice) -> "CatalogueItem | CatalogueItems":
        """The item at a place, or those of a slice."""
        if isinstance(place, slice):
            return CatalogueItems(self._item_keys[place], self._kinds, self._of_items[place])
        return CatalogueItem(int(self._item_keys[place]), self._kinds[self._of_items[place]])

    def __iter__(self) -> Iterator[CatalogueItem]:
        """One after the other."""
        kinds = self._kinds
        for key, kind in zip(self._item_keys.tolist(), self._of_items.tolist(), strict=True):
            yield CatalogueItem(key, kinds[kind])


class Catalogue:
    """Items numbered by sorted key; per item its categories and its groups.

    `item_groups` has the shape (n_items + 1, most groups of one item), filled up with -1; its last row is that of
    all items which only events mention: they belong to no group. `categories` has the shape (n_items, most
    categories of one item), filled up with the item's first one, so that distinct ones can be counted as they are.
    """

    def __init__(self, items: Iterable[CatalogueItem], groups: Sequence[CategoryGroup]) -> None:
        placed = (item for item in items if item.category_paths and item.item_key != MISSING_KEY)
        known = sorted(placed, key=lambda item: item.item_key)
        self.keys: Ints = np.array([item.item_key for item in known], dtype=np.int64)
        self.groups = tuple(groups)
        self.index = KeyIndex(self.keys)
        kinds, of_items = _kinds(known)
        self.item_groups: Numbers = _memberships(kinds, self.groups)[np.append(of_items, -1)]
        self._columns = np.arange(self.item_groups.shape[1])
        categories, self.n_categories = _categories(kinds)
        self.categories: Numbers = categories[of_items]

    def codes(self, item_keys: Ints) -> Ints:
        """The catalogue number of each item, -1 where it has none."""
        if not len(self.keys):
            return np.full(len(item_keys), -1, dtype=np.int64)
        place = np.minimum(self.index.places(item_keys), len(self.keys) - 1)
        return np.where(self.keys[place] == item_keys, place, -1)

    def members(self, codes: Ints) -> tuple[Ints, Ints]:
        """Each pair of a place in `codes` and a group of the item there, by place: (places, group numbers)."""
        most = self.item_groups.shape[1]
        row = np.minimum(codes, len(self.keys)) * most  # beyond the catalogue is the last row, and so is -1
        groups = self.item_groups.ravel()[row[:, None] + self._columns].ravel()
        found = (groups >= 0).nonzero()[0]
        return found // most, groups[found]


def category_of(path: Sequence[str]) -> tuple[int, str]:
    """The level and the label of the category that a path counts as.

    >>> category_of(("GROCERY", "COFFEE", "GROUND")), category_of(("FLORAL",))
    ((1, 'COFFEE'), (0, 'FLORAL'))
    """
    level = min(CATEGORY_LEVEL, len(path) - 1)
    return level, path[level]


def _kinds(items: Sequence[CatalogueItem]) -> tuple[list[Sequence[Sequence[str]]], Ints]:
    """Lists of category paths, and by item the number of its own: shape (n_items,).

    Items that share the list itself share the number: a catalogue has far fewer categories than items.
    """
    numbers: dict[int, int] = {}
    kinds: list[Sequence[Sequence[str]]] = []
    of_items = np.empty(len(items), dtype=np.int64)
    for place, item in enumerate(items):
        number = numbers.setdefault(id(item.category_paths), len(kinds))
        if number == len(kinds):
            kinds.append(item.category_paths)
        of_items[place] = number
    return kinds, of_items


def _categories(kinds: Sequence[Sequence[Sequence[str]]]) -> tuple[Numbers, int]:
    """By kind its categories, and how many there are in all."""
    rows = [list(dict.fromkeys(category_of(path)[1] for path in paths)) for paths in kinds]
    most = max(map(len, rows), default=1)
    codes = {label: code for code, label in enumerate(dict.fromkeys(label for row in rows for label in row))}
    filled = [[*map(codes.__getitem__, row), *[codes[row[0]]] * (most - len(row))] for row in rows]
    return np.array(filled, dtype=np.int32).reshape(len(rows), most), len(codes)


def _memberships(kinds: Sequence[Sequence[Sequence[str]]], groups: Sequence[CategoryGroup]) -> Numbers:
    """By kind its groups, and a last row of none."""
    table: dict[tuple[int, str], list[int]] = {}
    for number, group in enumerate(groups):
        for label in group.labels:
            table.setdefault((group.level, label), []).append(number)
    rows = [
        sorted({g for path in paths for place in enumerate(path) for g in table.get(place, ())})
        for paths in kinds
    ]
    most = max(map(len, rows), default=1)
    filled = [[*found, *[-1] * (most - len(found))] for found in rows]
    return np.array([*filled, [-1] * most], dtype=np.int32)


def largest_groups(items: Iterable[CatalogueItem], most: int) -> tuple[CategoryGroup, ...]:
    """The categories with most catalogue items, as groups named `category_...`, largest first.

    An item in several categories counts in each of them.
    Size is counted in the catalogue and not in purchases: what sold in the end was not known before.
    """
    counted: Counter[tuple[int, str]] = Counter()
    known = list(items)
    kinds, of_items = _kinds(known)
    for paths, n_items in zip(kinds, np.bincount(of_items, minlength=len(kinds)).tolist(), strict=True):
        counted.update(dict.fromkeys({category_of(path) for path in paths}, n_items))
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    groups: dict[str, CategoryGroup] = {}
    for (level, label), _ in ranked:
        name = _unused(f"category_{slug(label)}", groups)
        groups[name] = CategoryGroup(name=name, labels=(label,), level=level)
    return tuple(groups.values())


def _unused(name: str, taken: Container[str]) -> str:
    """The name, numbered where labels differ only in what a column name cannot show."""
    number, unused = 1, name
    while unused in taken:
        number += 1
        unused = f"{name}_{number}"
    return unused


def slug(label: str) -> str:
    """A label as part of a column name: lower case, words joined by underscores, any script kept.

    >>> slug("FRZN MEAT/MEAT DINNERS"), slug("冷冻 食品")
    ('frzn_meat_meat_dinners', '冷冻_食品')
    """
    return re.sub(r"\W+", "_", label.lower()).strip("_")
