"""What the audit says of all suggestions: by the draw alone, as people agree, as it stood at any instant."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert

from core.ids import content_id
from review.audit import audit_frames, audited, precision_of_audit
from review.audit_figures import audit_figures
from review.chosen import AUDIT
from review.deciding import Said
from review.planning import DECISIONS
from review.sampling import audit_probabilities, drawn
from review.tables import OutcomeLabel
from tests.review.conftest import NOON, TAGS, Desk, suggested


def fits(customer_id: str, tag: str) -> bool:
    """The truth that the reviewers of these tests know: three of four."""
    return (int(customer_id.removeprefix("c")) + TAGS.index(tag)) % 4 != 0


def review_all(desk: Desk, reviewer: str = "lin") -> None:
    """Decide everything that is open, rightly."""
    while tasks := desk.next(reviewer, 50):
        for leased in tasks:
            said: Said = "accept" if fits(leased.task.customer_id, leased.task.tag) else "reject"
            desk.answer(reviewer, leased, said)


def rows_of(desk: Desk, **which: object) -> pd.DataFrame:
    with desk.store.read() as connection:
        return audited(connection, **which)  # type: ignore[arg-type]


def frames_of(desk: Desk, **which: object) -> pd.DataFrame:
    with desk.store.read() as connection:
        return audit_frames(connection, **which)  # type: ignore[arg-type]


@pytest.fixture
def planned(desk: Desk) -> Desk:
    desk.settings = desk.settings.model_copy(update={"reviews_per_day": 200, "audit_share": 0.5})
    desk.suggest(suggested(300))
    desk.plan()
    return desk


def test_only_what_the_audit_drew_is_a_row_with_what_the_model_had_said(planned: Desk) -> None:
    tasks = {one.task.task_id: one.task for one in planned.next("lin", 500)}
    review_all(planned)
    rows = rows_of(planned)
    assert set(rows["task_id"]) == {name for name, task in tasks.items() if task.stream == AUDIT}
    for row in rows.itertuples():
        task = tasks[row.task_id]
        assert (row.confidence, row.decision, row.probability) == (
            task.confidence,
            task.decision,
            task.probability,
        )
        assert row.value == fits(str(row.customer_id), str(row.tag))


def test_the_estimate_weighs_what_was_drawn_by_its_chance(planned: Desk) -> None:
    review_all(planned)
    rows = rows_of(planned)
    weight = 1.0 / rows["probability"]
    assert rows["probability"].nunique() == 3
    estimate = precision_of_audit(rows, frames_of(planned))
    assert estimate.value == pytest.approx((weight * rows["value"]).sum() / weight.sum())
    assert (estimate.n, estimate.customers) == (len(rows), rows["customer_id"].nunique())
    at_apply = precision_of_audit(rows[rows["decision"] == "apply"])
    assert at_apply.value == pytest.approx(rows["value"][rows["decision"] == "apply"].mean())
    assert at_apply.high - at_apply.low > estimate.high - estimate.low


def test_over_many_draws_the_interval_holds_the_share_of_all_that_was_suggested() -> None:
    everything = suggested(300)
    truth = np.array([fits(one.customer_id, one.tag) for one in everything], dtype=np.float64)
    strata = np.array([DECISIONS.index(one.decision) for one in everything], dtype=np.intp)
    chances = audit_probabilities(strata, 60)
    names = [content_id(one.customer_id, one.tag) for one in everything]
    frame = pd.DataFrame(
        {"suggestions": [900], "confidence": [np.mean([one.confidence for one in everything])]}
    )
    values, held = [], []
    for seed in range(300):
        places = np.flatnonzero(drawn(names, chances, seed=seed))
        rows = pd.DataFrame(
            {
                "customer_id": [everything[place].customer_id for place in places],
                "confidence": [everything[place].confidence for place in places],
                "probability": chances[places],
                "value": truth[places] == 1.0,
            }
        )
        found = precision_of_audit(rows, frame)
        values.append(found.value)
        held.append(found.low <= truth.mean() <= found.high)
    assert np.mean(values) == pytest.approx(truth.mean(), abs=0.015)
    assert np.mean(held) >= 0.85  # 0.9 is claimed; 300 honest draws fall lower once in five hundred times


def test_the_frame_counts_everything_that_could_be_drawn(planned: Desk) -> None:
    frames = frames_of(planned)
    found = pd.DataFrame([vars(one) for one in suggested(300)])
    expected = found.groupby(["tag", "decision"])["confidence"].agg(["size", "mean"])
    told = frames.set_index(["tag", "decision"]).sort_index()
    assert told["suggestions"].to_dict() == expected["size"].to_dict()
    assert told["confidence"].to_numpy() == pytest.approx(expected["mean"].to_numpy())
    assert frames_of(planned, tags=["tea"])["tag"].unique().tolist() == ["tea"]


def test_an_answer_that_is_taken_back_is_no_row(planned: Desk) -> None:
    leased = next(one for one in planned.next("lin", 500) if one.task.stream == AUDIT)
    planned.answer("lin", leased, decision_id="mine")
    assert len(rows_of(planned)) == 1
    planned.undo("lin", "mine")
    assert rows_of(planned).empty


def test_the_past_is_as_it_stood_and_the_window_begins_with_the_draw(planned: Desk) -> None:
    planned.later(hours=1)
    review_all(planned)
    assert rows_of(planned, until=NOON + timedelta(minutes=30)).empty
    assert len(rows_of(planned, until=planned.now + timedelta(seconds=1))) == len(rows_of(planned))
    planned.later(days=1)
    assert rows_of(planned, since=planned.now).empty
    assert frames_of(planned, since=planned.now).empty
    assert not rows_of(planned, since=NOON, tags=["wine"]).empty


def test_a_store_without_an_audit_leaves_everything_open(desk: Desk) -> None:
    rows = rows_of(desk)
    assert rows.empty
    estimate = precision_of_audit(rows, frames_of(desk))
    assert (estimate.low, estimate.high, estimate.n) == (0.0, 1.0, 0)


def test_the_figures_of_a_tag_tell_what_was_applied_from_what_was_suggested(planned: Desk) -> None:
    review_all(planned)
    with planned.store.read() as connection:
        found = audit_figures(
            connection, planned.settings, planned.taxonomy, now=planned.now + timedelta(days=1)
        )
    rows = rows_of(planned)
    assert set(found) == set(TAGS)
    for tag, figures in found.items():
        own = rows[rows["tag"] == tag]
        assert (figures.n, figures.applied_n) == (len(own), int((own["decision"] == "apply").sum()))
        assert figures.applied is not None
        assert figures.applied.low < figures.applied.value <= figures.applied.high
        assert figures.agrees_with_outcomes is None


def test_agreement_with_outcomes_is_of_what_was_drawn_and_came_true(planned: Desk) -> None:
    review_all(planned)
    rows = rows_of(planned, tags=["tea"])
    with planned.store.write() as connection:
        for number, row in enumerate(rows.itertuples()):
            told = bool(row.value) if number % 2 else not row.value
            connection.execute(
                insert(OutcomeLabel).values(
                    customer_id=row.customer_id,
                    tag="tea",
                    as_of=NOON,
                    ends_at=NOON + timedelta(days=30),
                    stream=AUDIT,
                    decision=row.decision,
                    model="interest/1",
                    value=told,
                    resolved_at=NOON + timedelta(days=30),
                )
            )
    with planned.store.read() as connection:
        later = planned.now + timedelta(days=31)
        found = audit_figures(connection, planned.settings, planned.taxonomy, now=later)["tea"]
    weight, agree = 1 / rows["probability"], np.arange(len(rows)) % 2
    assert found.outcomes_n == len(rows)
    assert found.agrees_with_outcomes is not None
    assert found.agrees_with_outcomes.value == pytest.approx((weight * agree).sum() / weight.sum())
