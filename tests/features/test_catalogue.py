"""Items, their groups and their categories."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.ids import stable_key
from features.catalogue import (
    Catalogue,
    CatalogueItem,
    CatalogueItems,
    CategoryGroup,
    largest_groups,
    slug,
)

LABELS = st.sampled_from(("A", "B", "C d", "C/D", "c d", "冷冻", "!"))
PATHS = st.lists(st.lists(LABELS, min_size=1, max_size=3), max_size=3)
ITEMS = st.lists(PATHS, max_size=12).map(
    lambda drawn: [CatalogueItem(stable_key(str(number)), paths) for number, paths in enumerate(drawn)]
)
GROUPS = st.lists(
    st.builds(CategoryGroup, st.text(max_size=2), st.lists(LABELS, max_size=3).map(tuple), st.integers(0, 2)),
    max_size=5,
)


def catalogue_of(*paths: tuple[str, ...], groups: tuple[CategoryGroup, ...] = ()) -> Catalogue:
    return Catalogue(items_of(*paths), groups)


def items_of(*paths: tuple[str, ...]) -> list[CatalogueItem]:
    """Items of one path each; an empty one is none."""
    return [CatalogueItem(number, [path] if path else []) for number, path in enumerate(paths, start=1)]


@given(ITEMS, GROUPS, st.lists(st.integers(-2, 14), max_size=20))
def test_members_are_the_groups_whose_label_stands_at_their_level(
    items: list[CatalogueItem], groups: list[CategoryGroup], wanted: list[int]
) -> None:
    catalogue = Catalogue(items, groups)
    keys = np.array([stable_key(str(number)) for number in wanted], dtype=np.int64)
    paths = {item.item_key: item.category_paths for item in items}
    expected = [
        (place, number)
        for place, key in enumerate(keys.tolist())
        for number, group in enumerate(groups)
        if any(len(path) > group.level and path[group.level] in group.labels for path in paths.get(key, ()))
    ]
    places, numbers = catalogue.members(catalogue.codes(keys))
    assert list(zip(places.tolist(), numbers.tolist(), strict=True)) == expected


@given(ITEMS, st.lists(st.integers(-2, 14), max_size=20))
def test_only_catalogue_items_have_a_code(items: list[CatalogueItem], wanted: list[int]) -> None:
    catalogue = Catalogue(items, ())
    keys = np.array([stable_key(str(number)) if number >= 0 else 0 for number in wanted], dtype=np.int64)
    codes = catalogue.codes(keys)
    known = {item.item_key for item in items if item.category_paths}
    assert [code >= 0 for code in codes] == [key in known for key in keys.tolist()]


def test_items_without_a_category_and_missing_items_have_no_code() -> None:
    catalogue = catalogue_of((), ("A",))
    assert catalogue.codes(np.array([0, 1, 2, 3], dtype=np.int64)).tolist() == [-1, -1, 0, -1]


def test_codes_beyond_the_catalogue_belong_to_no_group() -> None:
    catalogue = catalogue_of(("A",), groups=(CategoryGroup("a", ("A",), 0),))
    places, _ = catalogue.members(np.array([-1, 0, 1, 7], dtype=np.int64))
    assert places.tolist() == [1]


def test_category_is_the_second_label_or_the_only_one() -> None:
    catalogue = catalogue_of(("A", "B", "C"), ("X", "B"), ("B",), ("A",))
    first, second, third, last = catalogue.categories.tolist()
    assert first == second == third != last
    assert catalogue.categories.shape == (4, 1)


@given(ITEMS)
def test_items_share_a_category_where_paths_of_theirs_do(items: list[CatalogueItem]) -> None:
    catalogue = Catalogue(items, ())
    labels = {
        int(code): {path[min(1, len(path) - 1)] for path in item.category_paths}
        for item in items
        for code in catalogue.codes(np.array([item.item_key], dtype=np.int64))
        if code >= 0
    }
    numbers = {code: set(catalogue.categories[code].tolist()) for code in labels}
    assert catalogue.n_categories == len(set().union(*labels.values()))
    for one, other in product(labels, repeat=2):
        assert len(numbers[one] & numbers[other]) == len(labels[one] & labels[other])


def test_largest_groups_count_an_item_in_each_of_its_categories_once() -> None:
    items = [
        CatalogueItem(1, [("D", "twice"), ("D", "twice"), ("D", "also")]),
        CatalogueItem(2, [("D", "also")]),
    ]
    assert [group.name for group in largest_groups(items, 2)] == ["category_also", "category_twice"]


def test_largest_groups_are_ranked_by_size_then_label() -> None:
    paths = [("D", "small"), ("D", "big"), ("D", "big"), ("D", "also big"), ("E", "also big"), ("alone",)]
    items = items_of(*paths)
    assert [group.name for group in largest_groups(items, 3)] == [
        "category_also_big",
        "category_big",
        "category_alone",
    ]


@given(ITEMS)
def test_largest_groups_never_share_a_name(items: list[CatalogueItem]) -> None:
    names = [group.name for group in largest_groups(items, 40)]
    assert len(set(names)) == len(names)


def test_number_of_largest_groups_does_not_change_the_names_of_the_first() -> None:
    items = items_of(("D", "A B"), ("D", "A/B"), ("D", "A-B"), ("D", "A-B"))
    names = [group.name for group in largest_groups(items, 3)]
    assert [group.name for group in largest_groups(items, 2)] == names[:2]


def test_slug_keeps_every_script() -> None:
    assert slug(" Café & 茶 ") == "café_茶"


def test_items_kept_as_numbers_are_the_items() -> None:
    coffee, tea = [["HOT", "COFFEE"]], [["HOT", "TEA"], ["GREEN"]]
    items = CatalogueItems(np.array([3, 1, 2]), [coffee, tea], np.array([0, 1, 0]))
    told = [CatalogueItem(3, coffee), CatalogueItem(1, tea), CatalogueItem(2, coffee)]
    assert (list(items), len(items), items[1], list(items[1:])) == (told, 3, told[1], told[1:])
    assert Catalogue(items, ()).categories.tolist() == Catalogue(told, ()).categories.tolist()
