"""Drafts of a taxonomy: which categories are worth a tag, and a file that loads at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import NotReadyError
from core.ids import bucket_of, stable_key
from features.catalogue import Catalogue, CatalogueItem
from features.contract import Event
from features.lake import Lake
from features.lake_rows import keyed
from features.outcomes import Target
from features.records import to_table
from features.source import FeatureSource
from features.spec import FeatureSpec
from tags.suggest import Suggested, _entry, key_of, suggest_tags
from tags.taxonomy import load_taxonomy, parse_taxonomy

END = datetime(2024, 6, 1, tzinfo=UTC)
BUCKETS = 2
PATHS: dict[str, list[tuple[str, ...]]] = {
    "beans": [("Drinks", "Coffee")],
    "leaves": [("Drinks", "茶叶")],
    "bread": [("Food", "Bread")],
    "rose": [("Flowers", "Roses")],
    "film": [("Film",), ("Gift",)],
}
ITEMS = [CatalogueItem(stable_key(name), paths) for name, paths in PATHS.items()]


def bought(customer: int, item: str, *, type_: str = "purchase", rating: float | None = None) -> list[Event]:
    """The customer's event of the item in each of ten months."""
    found = []
    for month in range(10):
        at = END - timedelta(days=30 * month + 3)
        name = f"{customer} {item} {month} {type_}"
        event = Event(name, f"c{customer}", at, at, type_, item_id=item, rating=rating)
        found.append(event)
    return found


def source_of(events: Iterable[Event], folder: Path) -> FeatureSource:
    lake = Lake(folder / "lake", buckets=BUCKETS)
    lake.create()
    events = list(events)
    parts = [
        (b, keyed(to_table([e for e in events if bucket_of(e.customer_id, BUCKETS) == b]), BUCKETS))
        for b in range(BUCKETS)
    ]
    lake.append(parts, app="test", batch=0, note={})
    spec = FeatureSpec(timezone="Asia/Shanghai")
    return FeatureSource(lake, lake.version(), spec, Catalogue(ITEMS, ()), {})


def habits(**share: float) -> list[Event]:
    """Of 40 customers the first that share buys the item every month; all of them buy bread."""
    return [
        event
        for item, part in {**share, "bread": 1.0}.items()
        for customer in range(round(40 * part))
        for event in bought(customer, item)
    ]


def test_categories_are_suggested_by_the_share_of_active_customers_they_reach(tmp_path: Path) -> None:
    draft = suggest_tags(source_of(habits(beans=0.4, leaves=0.2, rose=0.02), tmp_path), ITEMS, until=END)
    assert draft.tags == (
        Suggested("drinks", "Drinks", 0, 0.4, 16, 2),
        Suggested("category_2", "茶叶", 1, 0.2, 8, 1),
    )
    assert (draft.customers, draft.counted) == (40, "purchase")


def test_category_within_another_is_suggested_where_it_says_something_of_its_own(tmp_path: Path) -> None:
    """Coffee reaches all whom drinks reach: one of the two is enough. Tea reaches half of them."""
    draft = suggest_tags(source_of(habits(beans=0.4, leaves=0.2), tmp_path), ITEMS, until=END)
    assert [tag.label for tag in draft.tags] == ["Drinks", "茶叶"]


def test_draft_loads_at_once_and_marks_what_is_to_be_translated(tmp_path: Path) -> None:
    draft = suggest_tags(source_of(habits(beans=0.4, leaves=0.2), tmp_path), ITEMS, until=END)
    file = tmp_path / "tags.yaml"
    file.write_text(draft.text, encoding="utf-8")
    taxonomy = load_taxonomy(file)
    assert [(tag.key, tag.name.en, tag.name.zh) for tag in taxonomy.tags] == [
        ("drinks", "Drinks", "Drinks"),
        ("category_2", "茶叶", "茶叶"),
    ]
    assert taxonomy.targets == (Target("drinks"), Target("category_2"))
    assert [(group.labels, group.level) for group in taxonomy.groups] == [(("Drinks",), 0), (("茶叶",), 1)]
    marked = [line.strip() for line in draft.text.splitlines() if "# translate" in line]
    assert marked == [
        'zh: "Drinks"  # translate: 中文',
        'zh: "30 天内购买Drinks"  # translate: 中文',
        'en: "茶叶"  # translate: English',
        'en: "Buys 茶叶 within 30 days"  # translate: English',
    ]


def test_without_purchases_ratings_of_the_upper_half_count(tmp_path: Path) -> None:
    events = [
        event
        for customer in range(40)
        for item, stars in (("bread", 3.0), *([("film", 4.5)] if customer < 10 else []))
        for event in bought(customer, item, type_="rating", rating=stars)
    ]
    draft = suggest_tags(source_of(events, tmp_path), ITEMS, until=END)
    assert draft.counted == "opinion"
    assert [(tag.label, tag.customers) for tag in draft.tags] == [("Film", 10)]  # Gift holds the same items
    taxonomy = parse_taxonomy(yaml.safe_load(draft.text))
    assert taxonomy.targets == (Target("film", ("opinion",), at_least=3.0),)
    assert taxonomy["film"].definition.en == "Rates Film 3 or more within 30 days"


def test_without_purchases_and_ratings_views_count(tmp_path: Path) -> None:
    events = [
        event
        for customer in range(40)
        for item in ("bread", *(["rose"] if customer < 10 else []))
        for event in bought(customer, item, type_="view")
    ]
    draft = suggest_tags(source_of(events, tmp_path), ITEMS, until=END)
    assert parse_taxonomy(yaml.safe_load(draft.text)).targets == (Target("flowers", ("interest",)),)


def test_clock_far_behind_the_data_changes_nothing(tmp_path: Path) -> None:
    source = source_of(habits(beans=0.4), tmp_path)
    later = suggest_tags(source, ITEMS, until=END + timedelta(days=9000))
    assert later == suggest_tags(source, ITEMS, until=END)


def test_what_was_not_known_by_then_is_not_counted(tmp_path: Path) -> None:
    late = [replace(event, received_at=END) for customer in range(8) for event in bought(customer, "rose")]
    draft = suggest_tags(source_of([*habits(beans=0.4), *late], tmp_path), ITEMS, until=END)
    assert [tag.label for tag in draft.tags] == ["Drinks"]


@pytest.mark.parametrize(
    ("events", "items", "message"),
    [
        (habits(beans=0.4), [], "no categories"),
        (habits(beans=0.4), [CatalogueItem(1, [])], "no categories"),
        ([replace(e, item_id="unknown") for e in bought(1, "x")], ITEMS, "names an item that has a category"),
        (habits(rose=0.02), ITEMS, r"5% to 50% of the 40 customers .* the widest reach is 100.0%"),
    ],
)
def test_nothing_to_suggest_is_said_with_the_reason(
    events: Sequence[Event], items: list[CatalogueItem], message: str, tmp_path: Path
) -> None:
    with pytest.raises(NotReadyError, match=message):
        suggest_tags(source_of(events, tmp_path), items, until=END)


@example(["no", "NULL", "on", "On", "1"])
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200),
        min_size=1,
        max_size=6,
        unique=True,
    )  # no label holds what no database can
)
def test_any_labels_give_a_file_that_loads(labels: list[str]) -> None:
    keys: dict[str, str] = {}
    for place, label in enumerate(labels, start=1):
        keys[key_of(label, place, {"churned", *keys})] = label
    tags = [Suggested(key, label, 1, 0.1, 4, 1) for key, label in keys.items()]
    text = "tags:\n" + "".join(_entry(tag, Target("", ("purchase",)), 30) for tag in tags)
    taxonomy = parse_taxonomy(yaml.safe_load(text))
    assert [tag.key for tag in taxonomy.tags] == list(keys)
    assert [group.labels for group in taxonomy.groups] == [(label,) for label in labels]
