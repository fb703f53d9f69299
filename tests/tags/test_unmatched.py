"""Labels that no item has, with what was probably meant."""

from features.catalogue import CatalogueItem
from tags.taxonomy import Taxonomy, parse_taxonomy
from tags.unmatched import Unmatched, unmatched_labels

ITEMS = [
    CatalogueItem(1, [("GROCERY", "COFFEE", "GROUND")]),
    CatalogueItem(2, [("GROCERY", "TEAS"), ("GIFTS", "FOR TEA LOVERS")]),
]


def test_label_without_an_item_is_named_with_the_nearest_of_its_level() -> None:
    assert unmatched_labels(taxonomy(["COFFEE", "Tea"], 1), ITEMS) == {
        "drinks": [Unmatched("Tea", 1, near=("TEAS",), levels=())]
    }


def test_label_that_stands_at_another_level_says_so() -> None:
    assert unmatched_labels(taxonomy(["GROCERY"], 1), ITEMS) == {
        "drinks": [Unmatched("GROCERY", 1, near=(), levels=(0,))]
    }


def test_tag_whose_labels_all_stand_on_items_is_not_named() -> None:
    assert unmatched_labels(taxonomy(["COFFEE", "FOR TEA LOVERS"], 1), ITEMS) == {}


def test_catalogue_without_items_matches_nothing() -> None:
    assert unmatched_labels(taxonomy(["COFFEE"], 1), []) == {"drinks": [Unmatched("COFFEE", 1, (), ())]}


def taxonomy(labels: list[str], level: int) -> Taxonomy:
    words = {"en": "Drinks", "zh": "饮料"}
    outcome = {"type": "purchase", "categories": labels, "level": level}
    return parse_taxonomy(
        {"tags": [{"key": "drinks", "name": words, "definition": words, "outcome": outcome}]}
    )
