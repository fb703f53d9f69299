"""The model of tags that only people know: what hides, what weighs, and what customers nobody decided add."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInputError
from models.reviewed import ReviewedTags

DICE = np.random.default_rng(5)
N = 400


def shop(n: int = N) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers whose taste for tea tells whether they have a garden, with an attribute that says it outright."""
    index = pd.Index([f"c{number}" for number in range(n)], name="customer_id")
    visits = DICE.poisson(4.0, n).astype(float)
    tea = DICE.random(n)
    garden = (DICE.random(n) < 1 / (1 + np.exp(8.0 * (0.5 - tea)))).astype(float)
    X = pd.DataFrame(
        {
            "baskets_84d": visits,
            "spend_84d": DICE.gamma(2.0, 20.0, n),
            "profile_house": garden,
            "baskets_84d__tea": DICE.poisson(1.0, n).astype(float),
            "basket_rate_ever__tea": tea,
        },
        index=index,
    )
    return X, pd.DataFrame({"garden": garden}, index=index)


def test_what_is_planted_is_found_and_what_defines_the_tag_is_not_read() -> None:
    X, Y = shop()
    model = ReviewedTags(hidden={"garden": ["house"]}).fit(X, Y)
    assert list(model.feature_names_in_) == ["baskets_84d", "spend_84d", "basket_rate_ever__tea"]
    said = model.predict_proba(X)["garden"]
    assert said[Y["garden"] == 1].mean() > said[Y["garden"] == 0].mean() + 0.2


def test_customers_nobody_decided_tell_how_columns_are_spread() -> None:
    X, Y = shop()
    few = Y.where(np.arange(N)[:, None] < 30)
    model = ReviewedTags(hidden={"garden": ["house"]}).fit(X, few)
    alone = ReviewedTags(hidden={"garden": ["house"]}).fit(X[:30], Y[:30])
    everybody = np.log1p(X["baskets_84d"])
    assert model.scale_[0] == pytest.approx(everybody.std(ddof=0))
    assert alone.scale_[0] == pytest.approx(everybody[:30].std(ddof=0))


def test_weights_of_one_change_nothing_and_weights_of_zero_leave_out() -> None:
    X, Y = shop()
    plain = ReviewedTags().fit(X, Y)
    ones = ReviewedTags().fit(X, Y, sample_weight=pd.DataFrame(1.0, Y.index, Y.columns))
    np.testing.assert_allclose(ones.coef_, plain.coef_, atol=1e-7)
    first = pd.DataFrame((np.arange(N) < N // 2).astype(float)[:, None], Y.index, Y.columns)
    half = ReviewedTags().fit(X, Y, sample_weight=first)
    same = ReviewedTags().fit(X, Y.where(first > 0))
    np.testing.assert_allclose(half.coef_, same.coef_, atol=1e-5)


def test_a_doubtful_label_counts_less_than_a_sure_one() -> None:
    X, Y = shop()
    wrong = 1.0 - Y
    told = pd.concat([Y, wrong])
    rows = pd.concat([X, X])
    trust = pd.DataFrame(np.r_[np.full(N, 1.0), np.full(N, 0.2)][:, None], told.index, told.columns)
    said = ReviewedTags(hidden={"garden": ["house"]}).fit(rows, told, sample_weight=trust).predict_proba(X)
    assert said["garden"][Y["garden"] == 1].mean() > said["garden"][Y["garden"] == 0].mean() + 0.05


def test_weights_of_other_rows_or_below_zero_are_refused() -> None:
    X, Y = shop()
    with pytest.raises(InvalidInputError, match="rows and columns of the labels"):
        ReviewedTags().fit(X, Y, sample_weight=pd.DataFrame(1.0, Y.index[::-1], Y.columns))
    with pytest.raises(InvalidInputError, match="from 0 up"):
        ReviewedTags().fit(X, Y, sample_weight=pd.DataFrame(-1.0, Y.index, Y.columns))


def test_a_fitted_model_keeps_no_weights() -> None:
    X, Y = shop()
    model = ReviewedTags().fit(X, Y, sample_weight=pd.DataFrame(1.0, Y.index, Y.columns))
    assert not [name for name in vars(model) if "count" in name or "weight" in name]
