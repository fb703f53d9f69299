"""Everybody's risk, worked out in pieces, is what predicting for everybody at once says."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from core.errors import NotReadyError
from serving.snapshot import load_snapshot, load_tags
from serving.win_back import scoring
from serving.win_back.apart import Sums
from serving.win_back.scoring import Scores, rows_of, score_active

NOBODY = "silent"


@pytest.fixture
def now(world: Any) -> datetime:
    instant: datetime = world.settings.make_clock().now()
    return instant


@pytest.fixture
def scores(world: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Scores:
    monkeypatch.setattr(scoring, "CUSTOMERS_AT_ONCE", 7)  # many pieces, the last of them short
    return score_active(world.store, world.snapshot, now)


def everybody(world: Any, now: datetime) -> tuple[list[str], Any, Any]:
    """Names, whole rows and the release's rows of the active customers."""
    names, rows = rows_of(world.store, world.snapshot, [f"c{n}" for n in range(90)], now)
    active = rows[:, world.snapshot.column_places["baskets_56d"]] > 0
    return (
        [n for n, kept in zip(names, active, strict=True) if kept],
        rows[active],
        world.snapshot.wanted(rows[active]),
    )


def test_all_active_customers_are_scored_and_nobody_else(world: Any, scores: Scores, now: datetime) -> None:
    names, _, _ = everybody(world, now)
    assert sorted(scores.customer_ids) == sorted(names)
    assert 0 < len(names) < 90
    assert NOBODY not in scores.customer_ids


def test_risk_and_spend_are_those_of_a_prediction_now(world: Any, scores: Scores, now: datetime) -> None:
    names, rows, wanted = everybody(world, now)
    risk = dict(zip(names, world.snapshot.release.predict(wanted).churn, strict=True))
    spend = dict(zip(names, rows[:, world.snapshot.column_places["spend_84d"]] * 30 / 84, strict=True))
    assert scores.spend is not None
    np.testing.assert_allclose(scores.risk, [risk[name] for name in scores.customer_ids], rtol=1e-12)
    np.testing.assert_allclose(scores.spend, [spend[name] for name in scores.customer_ids], rtol=1e-12)


def test_the_greatest_expected_loss_comes_first(scores: Scores) -> None:
    assert scores.spend is not None
    losses = scores.risk * scores.spend
    assert (np.diff(losses) <= 0).all()
    assert losses[0] > losses[-1]


def test_a_shop_without_amounts_is_ordered_by_risk(
    world: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        scoring, "SPEND_COLUMN", "refunded_84d"
    )  # this shop has no refunds: all of them are 0
    scores = score_active(world.store, world.snapshot, now)
    assert scores.spend is None
    assert (np.diff(scores.risk) <= 0).all()


def test_progress_ends_with_everybody(world: Any, now: datetime) -> None:
    told: list[tuple[int, int]] = []
    score_active(world.store, world.snapshot, now, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] >= 90


@pytest.mark.parametrize("min_risk", [0.0, 0.15, 0.4, 0.5])
def test_what_sets_apart_is_the_mean_over_those_at_risk_against_all(
    world: Any, scores: Scores, now: datetime, min_risk: float
) -> None:
    _, _, wanted = everybody(world, now)
    risk = world.snapshot.release.predict(wanted).churn
    parts = world.snapshot.explainer.churn_contributions(wanted)
    grouped = world.snapshot.explainer.grouped(parts.columns)
    moved, listed = grouped.sums(parts.values), risk >= min_risk
    sums = Sums.from_json(scores.sums.as_json())  # as it comes back from the store
    assert sums.count(min_risk) == listed.sum() > 0
    assert sums.loss(min_risk) == pytest.approx(losses(scores)[scores.risk >= min_risk].sum())
    found = {one.group: one for one in sums.apart(min_risk)}
    assert set(found) == set(grouped.keys)
    for place, group in enumerate(grouped.keys):
        assert found[group].at_risk == pytest.approx(moved[listed, place].mean(), abs=1e-12)
        assert found[group].active == pytest.approx(moved[:, place].mean(), abs=1e-12)
        column = wanted[:, world.snapshot.release.facts.feature_columns.index(found[group].feature)]
        assert found[group].value_at_risk == pytest.approx(np.nanmean(column[listed]))
        assert found[group].value_active == pytest.approx(np.nanmean(column))


def losses(scores: Scores) -> Any:
    assert scores.spend is not None
    return scores.risk * scores.spend


def test_most_telling_reasons_come_first(scores: Scores) -> None:
    differences = [abs(one.difference) for one in scores.sums.apart(0.4)]
    assert differences == sorted(differences, reverse=True)
    assert differences[0] > 0


def test_without_anybody_at_risk_nothing_sets_apart(scores: Scores) -> None:
    assert scores.sums.count(1.0) == 0
    assert scores.sums.apart(1.0) == []


def test_without_a_churn_model_nobody_is_told_to_be_at_risk(
    world: Any, now: datetime, publish_churn: Callable[..., None]
) -> None:
    publish_churn(world.settings, world.store, churn=False)
    snapshot = load_snapshot(world.settings, world.store, load_tags(world.settings, world.store))
    with pytest.raises(NotReadyError, match="no churn model"):
        score_active(world.store, snapshot, now)
