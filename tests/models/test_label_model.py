"""The contract that every model of labels keeps, whatever it is inside."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from core.errors import InvalidInputError
from models.baselines import BoughtInterest, CountWithRateInterest, PopularityInterest, PurchaseCountInterest
from models.blend import BlendedModel
from models.boosting import BoostedInterest
from models.calibration import Calibration
from models.churn import BoostedChurn, FrequencyChurn, LogisticChurn, RecencyChurn
from models.label_model import LabelModel
from models.logistic import LogisticInterest
from models.pooled import PooledInterest

INTEREST = [
    PopularityInterest(),
    BoughtInterest(),
    PurchaseCountInterest(),
    CountWithRateInterest(),
    LogisticInterest(),
    LogisticInterest("history"),
    BoostedInterest(n_rounds=10),
    PooledInterest(n_rounds=10),
    BlendedModel([BoostedInterest(n_rounds=5), PooledInterest(n_rounds=5)]),
    BlendedModel([LogisticInterest(), BoostedInterest(n_rounds=5)]),
]
CHURN = [RecencyChurn(), FrequencyChurn(), LogisticChurn(), BoostedChurn(n_rounds=10)]
POOLED = INTEREST[7:9]
"""Their tags learn from each other."""

EVERY = pytest.mark.parametrize("model", [*INTEREST, *CHURN], ids=repr)
ALONE = pytest.mark.parametrize(
    "model", [model for model in (*INTEREST, *CHURN) if model not in POOLED], ids=repr
)
THAT_READS = pytest.mark.parametrize("model", [*INTEREST[1:], *CHURN], ids=repr)


def labels_for(model: LabelModel, panel: Any) -> pd.DataFrame:
    labels: pd.DataFrame = panel.Y if any(model is interest for interest in INTEREST) else panel.churned
    return labels


_FITTED: dict[int, LabelModel] = {}


def fitted_on(panel: Any, model: LabelModel) -> LabelModel:
    """The model fitted on the panel; fitted once, since predicting changes nothing."""
    if id(model) not in _FITTED:
        _FITTED[id(model)] = clone(model).fit(panel.X, labels_for(model, panel))
    return _FITTED[id(model)]


@EVERY
def test_probabilities_have_the_rows_and_labels_asked_for(model: LabelModel, panel: Any, later: Any) -> None:
    Y = labels_for(model, panel)
    fresh = clone(model)
    assert fresh.fit(panel.X, Y) is fresh
    P = fresh.predict_proba(later.X)
    assert P.index.equals(later.X.index)
    assert list(P.columns) == list(Y.columns) == fresh.tags_
    assert P.to_numpy().dtype == np.float64
    assert ((P > 0) & (P < 1)).to_numpy().all()


@EVERY
def test_the_same_data_give_the_same_probabilities(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel)
    first, second = (
        one.predict_proba(panel.X) for one in (clone(model).fit(panel.X, Y), fitted_on(panel, model))
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@EVERY
def test_a_fitted_model_survives_being_pickled(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 (made a line above)
    pd.testing.assert_frame_equal(again.predict_proba(panel.X), fitted.predict_proba(panel.X))


@EVERY
def test_nothing_is_done_before_fit_and_inputs_stay_as_they_are(model: LabelModel, panel: Any) -> None:
    fresh, X, Y = clone(model), panel.X.copy(), labels_for(model, panel).copy()
    assert set(vars(fresh)) == set(fresh.get_params())
    with pytest.raises(NotFittedError):
        fresh.predict_proba(X)
    fresh.fit(X, Y).predict_proba(X)
    pd.testing.assert_frame_equal(X, panel.X)
    pd.testing.assert_frame_equal(Y, labels_for(model, panel))


@EVERY
def test_names_of_customers_and_order_of_rows_and_columns_change_nothing(
    model: LabelModel, panel: Any
) -> None:
    fitted = fitted_on(panel, model)
    expected = fitted.predict_proba(panel.X)
    shuffled = panel.X.iloc[::-1, ::-1].rename(index=lambda name: f"renamed-{name}")
    got = fitted.predict_proba(shuffled).iloc[::-1]
    np.testing.assert_allclose(got.to_numpy(), expected.to_numpy(), rtol=1e-12)


@EVERY
def test_renamed_customers_train_the_same_model(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel)
    renamed = panel.X.rename(index=lambda name: f"renamed-{name}")
    fitted = clone(model).fit(renamed, Y.set_axis(renamed.index))
    expected = fitted_on(panel, model).predict_proba(panel.X)
    np.testing.assert_array_equal(fitted.predict_proba(panel.X), expected)


@EVERY
def test_columns_that_are_not_needed_are_ignored(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    needed = panel.X[list(fitted.feature_names_in_)]
    wider = panel.X.assign(shoe_size="large")
    pd.testing.assert_frame_equal(fitted.predict_proba(needed), fitted.predict_proba(wider))


@EVERY
def test_no_customers_give_no_rows(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    assert fitted.predict_proba(panel.X.iloc[:0]).shape == (0, len(fitted.tags_))


@THAT_READS
def test_a_missing_column_is_named(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    gone = fitted.feature_names_in_[0]
    with pytest.raises(InvalidInputError, match=gone):
        fitted.predict_proba(panel.X.drop(columns=gone))


@THAT_READS
def test_an_infinite_number_is_refused_by_name(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    name = fitted.feature_names_in_[0]
    with pytest.raises(InvalidInputError, match=name):
        fitted.predict_proba(panel.X.assign(**{name: np.inf}))


@EVERY
def test_missing_values_everywhere_still_give_probabilities(model: LabelModel, panel: Any) -> None:
    fitted = fitted_on(panel, model)
    P = fitted.predict_proba(panel.X * np.nan)
    assert P.notna().to_numpy().all()


@ALONE
def test_unknown_labels_are_left_out_for_their_label_alone(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel).copy()
    Y.iloc[::3, 0] = np.nan
    got = clone(model).fit(panel.X, Y).predict_proba(panel.X)
    rest = fitted_on(panel, model).predict_proba(panel.X)
    assert not np.allclose(got.iloc[:, 0], rest.iloc[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(got.iloc[:, 1:], rest.iloc[:, 1:])


@EVERY
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_label_with_one_class_gets_its_smoothed_share(model: LabelModel, panel: Any, value: float) -> None:
    Y = labels_for(model, panel).copy()
    Y.iloc[:, 0] = value
    P = clone(model).fit(panel.X, Y).predict_proba(panel.X).iloc[:, 0]
    np.testing.assert_allclose(P, (value * len(Y) + 0.5) / (len(Y) + 1), rtol=1e-6)


@EVERY
def test_a_label_that_nobody_knows_is_refused_by_name(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel).copy()
    Y.iloc[:, 0] = np.nan
    with pytest.raises(InvalidInputError, match=Y.columns[0]):
        clone(model).fit(panel.X, Y)


@EVERY
def test_a_label_that_is_neither_one_nor_zero_is_refused_by_name(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel).copy()
    Y.iloc[0, 0] = 0.5
    with pytest.raises(InvalidInputError, match=Y.columns[0]):
        clone(model).fit(panel.X, Y)


@EVERY
def test_labels_of_other_customers_are_refused(model: LabelModel, panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="same rows"):
        clone(model).fit(panel.X, labels_for(model, panel).iloc[::-1])


@THAT_READS
def test_a_constant_column_is_harmless(model: LabelModel, panel: Any) -> None:
    Y = labels_for(model, panel)
    name = fitted_on(panel, model).feature_names_in_[-1]
    P = clone(model).fit(panel.X.assign(**{name: 3.0}), Y).predict_proba(panel.X.assign(**{name: 3.0}))
    assert P.notna().to_numpy().all()


def test_text_in_a_feature_is_refused(panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="numbers"):
        LogisticInterest().fit(panel.X.assign(spend_84d="much"), panel.Y)


def test_a_column_that_comes_twice_is_named(panel: Any) -> None:
    twice = pd.concat([panel.X, panel.X[["spend_84d"]]], axis=1)
    with pytest.raises(InvalidInputError, match="spend_84d"):
        LogisticInterest().fit(twice, panel.Y)


@EVERY
def test_calibration_changes_probabilities_and_nothing_else(
    model: LabelModel, panel: Any, later: Any
) -> None:
    fitted = fitted_on(panel, model)
    n_labels = len(fitted.tags_)
    calibration = Calibration(np.full(n_labels, 0.8), np.linspace(-0.5, 0.5, n_labels))
    own, put_right = fitted.predict_proba(later.X), fitted.calibrated(calibration).predict_proba(later.X)
    np.testing.assert_array_equal(put_right.to_numpy(), calibration.apply(own.to_numpy()))
    pd.testing.assert_frame_equal(fitted.predict_proba(later.X), own, check_exact=True)


def test_fitting_again_forgets_the_calibration(panel: Any) -> None:
    model = clone(LogisticInterest()).fit(panel.X, panel.Y)
    calibrated = model.calibrated(Calibration(np.full(3, 0.5), np.ones(3)))
    again = calibrated.fit(panel.X, panel.Y)
    pd.testing.assert_frame_equal(
        again.predict_proba(panel.X), model.predict_proba(panel.X), check_exact=True
    )
