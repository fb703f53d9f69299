"""Scores of cutoffs by models of before: fitted on what was known, and never fitted twice."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.clock import midnight
from core.language import Text
from models.blend import BlendedModel
from models.label_model import LabelModel
from models.logistic import LogisticInterest
from tests.training.panels import Floats, calendar_of, panel_rows
from training.candidates import INTEREST
from training.contest import hold
from training.cutoffs import plan_cutoffs
from training.forward import forward_scores

CALENDAR = calendar_of()
UNTIL = midnight(date(2023, 12, 1), CALENDAR.zone)
PLAN = plan_cutoffs(UNTIL, CALENDAR)
SMALL = replace(INTEREST, candidates=("logistic_history",), rules=("popularity",))


def by_count(X: pd.DataFrame, tag: str) -> Floats:
    return np.clip(X[f"baskets_84d__{tag}"].to_numpy(np.float64) / 8, 0.02, 0.95)


ROWS = panel_rows(CALENDAR, UNTIL, by_count, customers=80)


def test_each_cutoff_is_scored_by_a_model_of_what_was_known_before() -> None:
    cutoff = PLAN.judged[0]
    (found,) = forward_scores(SMALL, ["logistic"], ROWS, PLAN, [cutoff], seed=0)
    past, present = ROWS.at(PLAN.before(cutoff)), ROWS.at([cutoff])
    expected = LogisticInterest().fit(past.X, past.Y).predict_proba(present.X.droplevel("as_of"))
    pd.testing.assert_frame_equal(found.scores["logistic"], expected)
    pd.testing.assert_frame_equal(found.labels, present.Y.droplevel("as_of"))
    assert found.name == str(cutoff.date())


def test_every_judged_cutoff_can_be_scored_in_the_order_asked_for() -> None:
    found = forward_scores(SMALL, ["popularity"], ROWS, PLAN, PLAN.judged[::-1], seed=0)
    assert [one.name for one in found] == [str(cutoff.date()) for cutoff in PLAN.judged[::-1]]


def test_blend_is_scored_from_its_members_as_if_it_had_been_fitted() -> None:
    cutoff = PLAN.judged[1]
    contest = replace(INTEREST, blends={"blend": ("logistic", "lightgbm")}, make=_blending)
    found, alone = (
        forward_scores(contest, kinds, ROWS, PLAN, [cutoff], seed=0)[0]
        for kinds in (["lightgbm", "blend"], ["blend"])
    )
    assert list(found.scores) == ["lightgbm", "blend"]
    past, present = ROWS.at(PLAN.before(cutoff)), ROWS.at([cutoff])
    expected = _blending(0)["blend"].fit(past.X, past.Y).predict_proba(present.X.droplevel("as_of"))
    pd.testing.assert_frame_equal(found.scores["blend"], expected, rtol=1e-12)
    pd.testing.assert_frame_equal(alone.scores["blend"], expected, rtol=1e-12)
    (again,) = forward_scores(contest, ["blend"], ROWS, PLAN, [cutoff], seed=0, known=[alone])
    assert again.scores["blend"] is alone.scores["blend"]


def _blending(seed: int) -> dict[str, LabelModel]:
    members = {name: INTEREST.make(seed)[name] for name in ("logistic", "lightgbm")}
    return {**members, "blend": BlendedModel(list(members.values()))}


def test_what_a_contest_fitted_is_not_fitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    result = hold(SMALL, ROWS, PLAN, seed=0, step=lambda _text: None)
    anew = forward_scores(SMALL, ["logistic"], ROWS, PLAN, PLAN.judged, seed=0)
    fitted, told = [], list[Text]()
    fit = LabelModel.fit

    def noted(model: LabelModel, X: pd.DataFrame, Y: pd.DataFrame) -> LabelModel:
        fitted.append(model)
        return fit(model, X, Y)

    monkeypatch.setattr(LabelModel, "fit", noted)
    known = result.forward
    again = forward_scores(
        SMALL, ["logistic"], ROWS, PLAN, PLAN.judged, seed=0, known=known, step=told.append
    )
    missing = set(PLAN.judged) - {*PLAN.development, *PLAN.tests}
    assert len(fitted) == len(told) == len(missing) == 1
    for one, other in zip(again, anew, strict=True):
        assert list(one.scores) == ["logistic"]
        pd.testing.assert_frame_equal(one.scores["logistic"], other.scores["logistic"], check_exact=True)
        pd.testing.assert_frame_equal(one.labels, other.labels)
