import numpy as np
import pytest

from models.segment_names import TRAITS, name_segments
from models.segments import BEHAVIOUR

COLUMNS = ["baskets_84d", "basket_spend_mean_84d", "discount_share_84d"]


def names(*centres: list[float]) -> list[tuple[str, str]]:
    return [(name.en, name.zh) for name in name_segments(COLUMNS, np.array(centres))]


def test_the_two_strongest_traits_make_the_name() -> None:
    assert names([1.0, 0.5, 0.9]) == [("Frequent deal-seeking shoppers", "高频爱优惠客")]


def test_nothing_notable_is_typical() -> None:
    assert names([0.1, -0.2, 0.3]) == [("Typical shoppers", "普通客")]


def test_segments_alike_are_told_apart_by_a_further_trait() -> None:
    assert names([1.0, 0.9, 0.5], [1.0, 0.9, -0.5]) == [
        ("Frequent big-basket deal-seeking shoppers", "高频大单爱优惠客"),
        ("Frequent big-basket full-price shoppers", "高频大单原价客"),
    ]


def test_segments_that_no_trait_tells_apart_are_numbered() -> None:
    assert names([1.0, 0, 0], [1.1, 0, 0]) == [
        ("Frequent shoppers", "高频客"),
        ("Frequent shoppers 2", "高频客2"),
    ]


def test_who_is_grouped_by_ratings_is_no_shopper() -> None:
    centres = np.array([[1.0, -0.9], [0.0, 0.0]])
    found = name_segments(["opinions_84d", "rating_mean_ever"], centres)
    assert [(name.en, name.zh) for name in found] == [
        ("Frequent critical customers", "高频挑剔客户"),
        ("Typical customers", "普通客户"),
    ]


def test_one_theme_is_told_once() -> None:
    (name,) = name_segments(["days_since_last_purchase", "baskets_84d"], np.array([[0.9, -1.2]]))
    assert name.en == "Occasional shoppers"


@pytest.mark.parametrize("seed", range(20))
def test_names_are_unique_and_short_in_both_languages(seed: int) -> None:
    centres = np.random.default_rng(seed).normal(size=(8, len(BEHAVIOUR)))
    found = name_segments(BEHAVIOUR, centres)
    assert len({name.en for name in found}) == len({name.zh for name in found}) == 8
    assert all(len(name.en.split()) <= 5 for name in found)


def test_every_behaviour_has_words() -> None:
    assert set(BEHAVIOUR) <= {trait.column for trait in TRAITS}
