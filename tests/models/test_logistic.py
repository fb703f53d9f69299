from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInputError
from models.logistic import RECIPES, LogisticInterest
from models.metrics import average_precision

EVERY_RECIPE = pytest.mark.parametrize("recipe", list(RECIPES))


@EVERY_RECIPE
def test_one_more_purchase_never_lowers_a_customer_among_equals(recipe: Any, panel: Any, later: Any) -> None:
    model = LogisticInterest(recipe).fit(panel.X, panel.Y)
    more = later.X.copy()
    more["baskets_84d__coffee"] += 1
    more["baskets_28d__coffee"] += 1
    more["purchases_ever__coffee"] += 1
    more["baskets_per_84d_ever__coffee"] += 0.5
    more["days_since_last_purchase__coffee"] = 0.0
    before, after = model.predict_proba(later.X), model.predict_proba(more)
    assert (after["coffee"] > before["coffee"]).all()
    np.testing.assert_array_equal(after[["tea", "floral"]], before[["tea", "floral"]])


@EVERY_RECIPE
def test_a_planted_signal_is_found(recipe: Any, panel: Any, later: Any) -> None:
    P = LogisticInterest(recipe).fit(panel.X, panel.Y).predict_proba(later.X)
    for tag in P.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, P[tag].to_numpy()) > 1.5 * y.mean()


def test_an_unknown_recipe_is_refused_with_the_choices(panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="small, history"):
        LogisticInterest("grand").fit(panel.X, panel.Y)  # type: ignore[arg-type]  # the fault under test
