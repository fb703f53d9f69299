import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.linear import fit_logistic
from models.logistic import LogisticInterest


@pytest.mark.parametrize("penalty", [0.1, 1.0, 50.0])
def test_free_coefficients_are_those_of_scikit_learn(penalty: float) -> None:
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(400, 4))
    y = (rng.random(400) < 1 / (1 + np.exp(-Z @ [1.0, -0.5, 0.0, 0.3]))).astype(float)
    reference = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=1000).fit(Z, y)
    coef, intercept = fit_logistic(Z, y, ["any"] * 4, penalty)
    np.testing.assert_allclose(coef, reference.coef_[0], atol=2e-5)
    assert intercept == pytest.approx(reference.intercept_[0], abs=2e-5)


def test_a_coefficient_stops_at_zero_where_the_data_pull_the_other_way() -> None:
    rng = np.random.default_rng(4)
    Z = rng.normal(size=(400, 2))
    y = (Z @ [1.0, -1.0] > 0).astype(float)
    coef, _ = fit_logistic(Z, y, ["down", "up"])
    np.testing.assert_array_equal(coef, 0.0)


def test_the_arrays_alone_predict_what_the_model_predicts(panel: Any) -> None:
    model = LogisticInterest().fit(panel.X, panel.Y)
    values = panel.X[model.columns_].to_numpy()
    np.testing.assert_array_equal(model.arrays_.predict(values), model.predict_proba(panel.X))


def test_a_tag_does_not_read_the_columns_of_another(panel: Any) -> None:
    model = LogisticInterest().fit(panel.X, panel.Y)
    for row, tag in enumerate(model.tags_):
        others = [
            place
            for place, name in enumerate(model.columns_)
            if "__" in name and not name.endswith(f"__{tag}")
        ]
        np.testing.assert_array_equal(model.coef_[row, others], 0.0)
    assert model.coef_.shape == (len(model.tags_), len(model.columns_))
    assert model.centre_.shape == model.scale_.shape == (len(model.columns_),)
    assert model.intercept_.shape == (len(model.tags_),)


def test_arrays_load_with_numpy_alone() -> None:
    heavy = "{'pandas', 'sklearn', 'scipy', 'lightgbm', 'mlflow', 'matplotlib'}"
    code = f"import sys, models.arrays; assert not {heavy} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 (our own interpreter and code)
