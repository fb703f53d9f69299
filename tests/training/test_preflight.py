"""The preflight at its thresholds: one customer fewer is refused, and what is refused is left out of the rows."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.clock import midnight
from features.build import Panel
from models import needs
from models.segments import BEHAVIOUR
from tests.training.panels import calendar_of
from training.counted import Counted
from training.cutoffs import plan_cutoffs
from training.preflight import Preflight, check

CALENDAR = calendar_of()
PLAN = plan_cutoffs(midnight(date(2023, 12, 1), CALENDAR.zone), CALENDAR)
TESTS = PLAN.tests


@dataclass(frozen=True)
class Data:
    """How many of the customers did what; the same ones at every cutoff."""

    customers: int = 80
    coffee: int = 30
    coffee_at_tests: int = 30
    churned: int = 30
    came_back: int = 80
    different: int = 80

    def checked(self) -> Preflight:
        panel = self._panel()
        present = panel.at(PLAN.until).features
        return check(PLAN, panel, ["coffee", "tea"], present, Counted())

    def refused(self) -> dict[str, str]:
        return {one.name: one.need.code for one in self.checked().refusals}

    def _panel(self) -> Panel:
        cutoffs = [*PLAN.cutoffs, PLAN.until]
        number = np.arange(self.customers)
        X = pd.DataFrame(index=pd.Index([f"c{n:03}" for n in number]))
        X["baskets_56d"] = X["baskets_84d"] = 1.0
        for place, column in enumerate(BEHAVIOUR):
            X[column] = 1.0 + (number % self.different) * (place + 1)
        X["days_since_last_purchase"] = 5.0 + number % self.different
        back = np.where(number < self.came_back, needs.RETURN_AFTER_DAYS, needs.RETURN_AFTER_DAYS - 1)
        X["days_since_first_purchase"] = X["days_since_last_purchase"] + 100 + back
        X["days_since_last_purchase"] += 100
        outcomes = {}
        for cutoff in cutoffs:
            coffee = self.coffee_at_tests if cutoff in TESTS else self.coffee
            true = {"coffee": number < coffee, "tea": number % 2 == 0, "churned": number < self.churned}
            outcomes[cutoff] = pd.DataFrame(true, index=X.index).astype(float)
        outcomes[PLAN.until] *= np.nan
        keys = [pd.Timestamp(cutoff).tz_convert("UTC") for cutoff in cutoffs]
        names = ["as_of", "customer_id"]
        return Panel(
            pd.concat([X] * len(cutoffs), keys=keys, names=names),
            pd.concat([outcomes[cutoff] for cutoff in cutoffs], keys=keys, names=names),
        )


ENOUGH = Data()


def test_enough_data_is_refused_nothing() -> None:
    found = ENOUGH.checked()
    assert found.refusals == ()
    assert set(found.rows) == {"interest", "churn"}
    assert found.active is not None
    assert all(finding.passed for finding in found.findings)


@pytest.mark.parametrize(
    ("least", "fewer", "refused"),
    [
        (
            {"customers": 50},
            {"customers": 49},
            {"interest": "too_few_customers", "churn": "too_few_customers"},
        ),
        ({"coffee": 20}, {"coffee": 19}, {"interest.coffee": "too_few_positives"}),
        ({"coffee": 60}, {"coffee": 61}, {"interest.coffee": "too_few_negatives"}),
        (
            {"coffee_at_tests": 10},
            {"coffee_at_tests": 9},
            {"interest.coffee": "too_few_positives_to_test"},
        ),
        (
            {"coffee_at_tests": 70},
            {"coffee_at_tests": 71},
            {"interest.coffee": "too_few_negatives_to_test"},
        ),
        ({"churned": 20}, {"churned": 19}, {"churn": "too_few_positives"}),
        ({"churned": 60}, {"churned": 61}, {"churn": "too_few_negatives"}),
        ({"came_back": 20}, {"came_back": 19}, {"churn": "no_repeat_visits"}),
        ({"different": 10}, {"different": 9}, {"segments": "too_alike"}),
    ],
)
def test_one_fewer_than_the_threshold_is_refused(
    least: dict[str, int], fewer: dict[str, int], refused: dict[str, str]
) -> None:
    assert replace(ENOUGH, **least).refused() == {}
    found = replace(ENOUGH, **fewer).refused()
    assert {name: code for name, code in found.items() if name in refused} == refused
    assert set(found) - set(refused) <= ({"segments"} if "customers" in fewer else set())


def test_refused_tag_is_left_out_of_the_rows_and_the_others_stay() -> None:
    rows = replace(ENOUGH, coffee=3).checked().rows["interest"]
    assert list(rows.Y.columns) == ["tea"]
    assert len(rows.X) == len(rows.Y) == ENOUGH.customers * len(PLAN.cutoffs)


def test_tags_of_a_model_that_is_refused_as_a_whole_are_not_named_as_well() -> None:
    assert "interest.coffee" not in replace(ENOUGH, customers=20, coffee=0).refused()


def test_one_class_says_how_many_customers_there_are_of_the_other() -> None:
    (churn,) = replace(ENOUGH, churned=0).checked().refusals
    assert str(churn.text).startswith(
        "0 active customers bought nothing in the 30 days after a cutoff before 2023-09-01"
    )
    assert "20 are needed to learn who leaves" in str(churn.text)
    assert churn.text.render("zh").startswith(
        "在 2023-09-01 之前的各时点之后 30 天内，有 0 位活跃客户没有购买"
    )
