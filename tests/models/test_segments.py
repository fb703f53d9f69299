import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score

from core.errors import InvalidInputError
from models.segments import CustomerSegments, distinct_behaviours

SMALL = CustomerSegments(
    n_segments=(3, 5), min_stability=0.0, n_replicates=2
)  # these customers form no clear groups


@pytest.fixture(scope="module")
def fitted(panel: Any) -> CustomerSegments:
    segments: CustomerSegments = clone(SMALL).fit(panel.X)
    return segments


def planted(n_groups: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Customers around corners that lie far apart, in columns named like shares so that none is logged."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(n_groups), 60)
    corners = np.array([[0, 0], [0, 9], [9, 0], [9, 9], [4, 20]])[:n_groups]
    values = corners[group] + rng.normal(size=(len(group), 2))
    return pd.DataFrame(values, columns=["a_share_1", "b_share_1"]), group


@pytest.mark.parametrize("n_groups", [3, 4, 5])
def test_planted_groups_are_found_and_counted(n_groups: int) -> None:
    X, group = planted(n_groups)
    found = CustomerSegments(("a_share_1", "b_share_1"), n_segments=(2, 6)).fit(X)
    assert len(found.centres_) == n_groups
    assert adjusted_rand_score(group, found.predict(X)) > 0.98


def test_segments_come_largest_first_and_every_customer_is_in_one(
    fitted: CustomerSegments, panel: Any
) -> None:
    sizes = fitted.predict(panel.X).value_counts().reindex([name.key for name in fitted.names_])
    assert sizes.is_monotonic_decreasing
    assert list(sizes) == list(fitted.sizes_)
    assert sizes.sum() == len(panel.X)


def test_profile_has_size_share_and_medians_in_raw_units(fitted: CustomerSegments, panel: Any) -> None:
    profile = fitted.profile_
    assert profile["share"].sum() == pytest.approx(1.0)
    mine = panel.X[(fitted.predict(panel.X) == "segment_1").to_numpy()]
    assert profile.loc["segment_1", "baskets_84d"] == mine["baskets_84d"].median()


def test_names_are_unique_in_both_languages(fitted: CustomerSegments) -> None:
    for language in ("key", "en", "zh"):
        assert len({getattr(name, language) for name in fitted.names_}) == len(fitted.names_)


def test_membership_sums_to_one_and_agrees_with_the_segment(fitted: CustomerSegments, panel: Any) -> None:
    degrees = fitted.membership(panel.X)
    np.testing.assert_allclose(degrees.sum(axis=1), 1.0)
    pd.testing.assert_series_equal(degrees.idxmax(axis=1), fitted.predict(panel.X), check_names=False)
    pd.testing.assert_frame_equal(fitted.predict_proba(panel.X), degrees)


def test_the_same_data_give_the_same_segments(fitted: CustomerSegments, panel: Any) -> None:
    again = clone(SMALL).fit(panel.X)
    np.testing.assert_array_equal(again.centres_, fitted.centres_)
    assert again.names_ == fitted.names_


def test_renaming_and_reordering_customers_changes_nothing(fitted: CustomerSegments, panel: Any) -> None:
    shuffled = panel.X.iloc[::-1, ::-1].rename(index=lambda name: f"renamed-{name}")
    np.testing.assert_array_equal(fitted.predict(shuffled)[::-1], fitted.predict(panel.X))


def test_a_missing_value_stands_for_the_median(fitted: CustomerSegments, panel: Any) -> None:
    gap = panel.X.assign(basket_spend_mean_84d=np.nan)
    filled = panel.X.assign(basket_spend_mean_84d=panel.X["basket_spend_mean_84d"].median())
    pd.testing.assert_frame_equal(fitted.membership(gap), fitted.membership(filled))


def test_an_outlier_is_clipped(fitted: CustomerSegments, panel: Any) -> None:
    one, other = (fitted.membership(panel.X.assign(baskets_84d=value)) for value in (1e4, 1e9))
    pd.testing.assert_frame_equal(one, other)


def test_a_column_without_any_value_is_harmless(panel: Any) -> None:
    found = clone(SMALL).fit(panel.X.assign(discount_share_84d=np.nan))
    assert np.isfinite(found.centres_).all()


@pytest.mark.parametrize("rows", [[0], [0, 1, 2], [0, 1, 2] * 20])
def test_too_few_customers_that_differ_are_refused(panel: Any, rows: list[int]) -> None:
    with pytest.raises(InvalidInputError, match="too few"):
        clone(SMALL).fit(panel.X.iloc[rows])


@pytest.mark.filterwarnings("error")
def test_there_are_always_fewer_segments_than_customers_that_differ(panel: Any) -> None:
    found = clone(SMALL).fit(panel.X.iloc[[0, 1, 2, 3] * 15])
    assert [candidate.n_segments for candidate in found.candidates_] == [3]
    assert distinct_behaviours(panel.X.iloc[[0, 1, 2, 3] * 15]) == 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, np.nan, -3.0])
def test_columns_that_do_not_vary_are_harmless(panel: Any, value: float) -> None:
    """A shop that knows no amounts, no discounts, no items."""
    names = ["basket_spend_mean_84d", "distinct_categories_84d", "discount_share_84d"]
    found = clone(SMALL).fit(panel.X.assign(**dict.fromkeys(names, value)))
    assert np.isfinite(found.centres_).all()
    assert found.membership(panel.X).notna().all(axis=None)


def test_a_missing_column_is_named(fitted: CustomerSegments, panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="discount_share_84d"):
        fitted.predict(panel.X.drop(columns="discount_share_84d"))


def test_unfitted_segments_predict_nothing(panel: Any) -> None:
    with pytest.raises(NotFittedError):
        clone(SMALL).predict(panel.X)


def test_fitted_segments_survive_being_pickled(fitted: CustomerSegments, panel: Any) -> None:
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 (made on this line)
    pd.testing.assert_frame_equal(again.membership(panel.X), fitted.membership(panel.X))
