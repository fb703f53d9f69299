"""Contests on planted signals: the default stands, a bigger model has to win, a rule can veto."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from core.clock import midnight
from core.language import Text
from models.arrays import sigmoid
from models.baselines import PopularityInterest
from models.label_model import LabelModel
from tests.training.panels import TAGS, Floats, Rule, calendar_of, panel_rows
from training.candidates import INTEREST
from training.contest import Result, fit_final, hold
from training.cutoffs import plan_cutoffs
from training.data import Rows

CALENDAR = calendar_of()
UNTIL = midnight(date(2023, 12, 1), CALENDAR.zone)
PLAN = plan_cutoffs(UNTIL, CALENDAR)
CONTEST = replace(INTEREST, candidates=("logistic_history", "lightgbm"))
"""Without those that take longest."""


def recent_habits(X: pd.DataFrame, tag: str) -> Floats:
    """What was bought lately counts, and how much the customer buys at all: what the small model knows."""
    log_odds = 1.2 * X[f"baskets_28d__{tag}"] - X[f"days_since_last_purchase__{tag}"].fillna(200) / 40
    return sigmoid((log_odds + X["baskets_84d"] / 5 - 1.5).to_numpy(np.float64))


def weekend_or_deals(X: pd.DataFrame, tag: str) -> Floats:  # noqa: ARG001 (a rule is asked of a tag)
    """Either weekend shopper or deal seeker and not both: no sum of terms can tell."""
    either = (X["weekend_share_84d"] > 0.5) ^ (X["discount_share_84d"] > 0.5)
    return np.where(either, 0.85, 0.05)


def counts_alone(X: pd.DataFrame, tag: str) -> Floats:
    """Nothing but the purchases of 84 days: the rule that counts them knows all."""
    return np.clip(X[f"baskets_84d__{tag}"].to_numpy(np.float64) / 8, 0.02, 0.95)


def result(rule: Rule) -> Result:
    rows = panel_rows(CALENDAR, UNTIL, rule)
    return hold(CONTEST, rows, PLAN, seed=0, step=lambda _text: None)


@pytest.fixture(scope="module")
def habits() -> Result:
    return result(recent_habits)


def test_small_model_stands_where_it_knows_all_there_is(habits: Result) -> None:
    assert (habits.choice.model, habits.choice.vetoes) == ("logistic", ())
    assert habits.choice.promoted == INTEREST.default
    table = habits.table
    assert table["mean"]["logistic"] > table["mean"]["purchase_count"] > table["mean"]["popularity"]


def test_bigger_model_wins_where_only_it_can_see_the_signal() -> None:
    found = result(weekend_or_deals)
    assert (found.choice.promoted, found.choice.vetoes) == ("lightgbm", ())
    assert found.table["difference_low"]["lightgbm"] > 0.1
    assert found.development is not None
    assert found.development.table["difference_low"]["lightgbm"] > 0.1


def turned(rows_of: Rows, other: Rows, cutoffs: tuple[datetime, ...]) -> Rows:
    """The first rows with the other's outcomes at the cutoffs; both have the same features."""
    there = rows_of.X.index.get_level_values("as_of").isin([pd.Timestamp(cutoff) for cutoff in cutoffs])
    outcomes = rows_of.Y.copy()
    outcomes[there] = other.Y[there]
    return Rows(rows_of.X, outcomes)


def test_what_turns_out_at_the_test_cutoffs_has_no_say_in_the_choice() -> None:
    """Fortunes turn with the first test: the choice is that of the cutoffs before, and the report tells of it."""
    plain, planted = (panel_rows(CALENDAR, UNTIL, rule) for rule in (recent_habits, weekend_or_deals))
    until_then = hold(CONTEST, turned(planted, plain, PLAN.tests), PLAN, seed=0, step=lambda _text: None)
    since_then = hold(CONTEST, turned(plain, planted, PLAN.tests), PLAN, seed=0, step=lambda _text: None)
    assert until_then.choice.model == "lightgbm"
    assert until_then.table["mean"]["lightgbm"] < until_then.table["mean"]["purchase_count"]
    assert since_then.choice.model == INTEREST.default


def test_default_stands_where_nothing_is_known_before_the_tests() -> None:
    rows = panel_rows(CALENDAR, UNTIL, weekend_or_deals)
    found = hold(CONTEST, rows, replace(PLAN, development=()), seed=0, step=lambda _text: None)
    assert (found.choice.model, found.development, found.developed) == (INTEREST.default, None, ())
    assert list(found.table.index) == [*INTEREST.rules, INTEREST.default]


def test_default_stands_where_nobody_was_there_before_the_tests() -> None:
    rows = panel_rows(CALENDAR, UNTIL, weekend_or_deals, customers=60)
    late = rows.at([PLAN.development[-1], *PLAN.tests])
    found = hold(CONTEST, late, PLAN, seed=0, step=lambda _text: None)
    assert (found.choice.model, found.development) == (INTEREST.default, None)


def test_rule_that_is_not_beaten_vetoes_and_is_promoted_instead() -> None:
    found = result(counts_alone)
    assert {"purchase_count", "count_with_rate"} & set(found.choice.vetoes)
    assert found.choice.promoted == found.choice.fallback
    assert found.choice.fallback in {"purchase_count", "count_with_rate"}


def test_candidates_are_compared_at_development_cutoffs_whose_outcomes_the_first_test_knew(
    habits: Result,
) -> None:
    assert habits.development is not None
    assert list(habits.development.table.index) == ["logistic", *CONTEST.candidates]
    cutoffs = ["2023-06-01", "2023-07-01", "2023-08-01"]
    assert [holdout.name for holdout in habits.developed] == cutoffs
    assert set(habits.development.table.columns) >= {*cutoffs, "mean", "difference_low"}


def test_table_has_rules_default_and_chosen_at_each_cutoff_and_in_the_slice(habits: Result) -> None:
    assert list(habits.table.index) == [*INTEREST.rules, "logistic"]
    cutoffs = ["2023-09-01", "2023-10-01", "2023-11-01"]
    assert set(habits.table.columns) >= {*cutoffs, "mean", "slice_mean", *(f"slice_{c}" for c in cutoffs)}
    assert [holdout.name for holdout in habits.holdouts] == cutoffs


def test_slice_is_of_tags_that_were_not_bought(habits: Result) -> None:
    holdout = habits.holdouts[0]
    assert holdout.new is not None
    bought = panel_rows(CALENDAR, UNTIL, recent_habits).at(list(PLAN.tests[:1])).X
    columns = [f"purchases_84d__{tag}" for tag in TAGS]
    np.testing.assert_array_equal(holdout.new.to_numpy(), bought[columns].to_numpy() == 0)


class _Remembering(PopularityInterest):
    """Notes the cutoffs of the rows that it learns from."""

    seen: list[set[pd.Timestamp]]

    def fit(self, X: pd.DataFrame, Y: pd.DataFrame) -> "_Remembering":
        self.seen.append(set(X.index.get_level_values("as_of")))
        super().fit(X, Y)
        return self


def test_models_learn_only_from_outcomes_that_were_known_at_the_cutoff() -> None:
    class Noting(_Remembering):
        seen: list[set[pd.Timestamp]] = []  # noqa: RUF012 (this test's own class)

    def make(_seed: int) -> dict[str, LabelModel]:
        return {"popularity": Noting()}

    contest = replace(CONTEST, default="popularity", candidates=("popularity",), rules=(), make=make)
    rows = panel_rows(CALENDAR, UNTIL, recent_habits, customers=40)
    hold(contest, rows, PLAN, seed=0, step=lambda _text: None)
    # Fits run side by side, so they come in any order.
    past = [
        {pd.Timestamp(before) for before in PLAN.before(cutoff)}
        for cutoff in (*PLAN.development, *PLAN.tests)
    ]
    assert sorted(map(sorted, Noting.seen)) == sorted(map(sorted, past))
    for cutoff in (*PLAN.development, *PLAN.tests):
        assert all(CALENDAR.end(before) <= cutoff for before in PLAN.before(cutoff))


def test_same_seed_gives_the_same_table_and_model(habits: Result) -> None:
    again = result(recent_habits)
    pd.testing.assert_frame_equal(again.table, habits.table, check_exact=True)
    rows = panel_rows(CALENDAR, UNTIL, recent_habits, customers=60)
    first, second = (fit_final(INTEREST, "lightgbm", rows, seed=3).predict_proba(rows.X) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_steps_are_told_in_both_languages() -> None:
    told: list[Text] = []
    rows = panel_rows(CALENDAR, UNTIL, recent_habits, customers=40)
    contest = replace(CONTEST, candidates=("popularity",), rules=("popularity",), make=_small)
    plan = replace(PLAN, development=PLAN.development[-1:], tests=PLAN.tests[-1:])
    hold(contest, rows, plan, seed=0, step=told.append)
    assert [str(text) for text in told] == [
        "interest at 2023-08-01",
        "interest at 2023-11-01",
        "interest: intervals",
    ]
    assert told[0].render("zh") != str(told[0])


def _small(seed: int) -> dict[str, LabelModel]:
    return {name: INTEREST.make(seed)[name] for name in ("popularity", "logistic")}


def test_rows_of_a_cutoff_are_found_whatever_the_zone_it_is_told_in() -> None:
    rows: Rows = panel_rows(CALENDAR, UNTIL, recent_habits, customers=10)
    cutoff: datetime = PLAN.tests[0]
    utc = pd.Timestamp(cutoff).tz_convert("UTC").to_pydatetime()
    assert len(rows.at([cutoff]).X) == len(rows.at([utc]).X) == 10
