import numpy as np
import pandas as pd

from models.typical import typical_values


def typical(values: list[float | None], name: str = "baskets_84d", **more: object) -> float | None:
    return typical_values(pd.DataFrame({name: pd.Series(values, dtype=float)}), **more)[name]  # type: ignore[arg-type]


def test_the_middle_customer_is_typical() -> None:
    assert typical([0, 1, 2, 30, 400]) == 2


def test_a_rare_tag_is_typically_not_bought() -> None:
    assert typical([0, 0, 0, 5]) == 0


def test_what_most_never_did_is_typically_never() -> None:
    assert typical([4, 9, None, None, None], "days_since_last_purchase__cat") is None


def test_who_never_did_it_counts_as_longest_ago() -> None:
    """The median of those who did, 2, would tell a time that most customers have not kept."""
    assert typical([1, 2, 3, None, None], "days_since_last_purchase__cat") == 3


def test_who_has_no_rhythm_does_not_lengthen_the_typical_one() -> None:
    assert typical([1, 2, 3, None, None], "gap_mean_days") == 2


def test_what_most_lack_has_no_typical_value() -> None:
    assert typical([7, None, None], "rating_mean_ever") is None
    assert typical([None, None], "rating_mean_ever") is None


def test_of_a_level_the_share_of_those_known_is_typical() -> None:
    name = "profile_city__North"
    assert typical([1, 0, 0, 0, None], name, shares={name}) == 0.25
    assert typical([None], name, shares={name}) is None


def test_without_customers_nothing_is_typical() -> None:
    assert typical_values(pd.DataFrame({"baskets_84d": np.zeros(0)})) == {}
