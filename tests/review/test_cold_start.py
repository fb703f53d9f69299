"""Tags that no model knows: asked of customers drawn at random, one tag after the other, until a model begins."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from review.chosen import AUDIT, NO_MODEL
from review.cold_start import told_so_far
from review.planning import AUDIT_DAYS, Drawn, plan_day
from review.tables import Label, Task
from tags.profile.tables import CustomerPrediction
from tests.review.conftest import NOON, TAGS, Desk, suggested

NEW = ("homeowner", "older_household")
CUSTOMERS = 200


@pytest.fixture
def cold(desk: Desk) -> Desk:
    """Two hundred customers who are active, and twenty who were; no model knows either of two tags."""
    rows = [
        {
            "customer_id": f"c{number}",
            "segment": None,
            "churn": 0.2 if number < CUSTOMERS else None,
            "release_id": "r",
            "as_of": NOON,
        }
        for number in range(CUSTOMERS + 20)
    ]
    with desk.store.write() as connection:
        connection.execute(insert(CustomerPrediction), rows)
    return desk


def plan(desk: Desk, *unlearned: str) -> Drawn | None:
    with desk.store.write() as connection:
        return plan_day(
            connection,
            desk.settings,
            [*TAGS, *NEW],
            now=desk.now,
            reviewed=NEW,
            unlearned=unlearned or NEW,
        )


def new_tasks(desk: Desk, tag: str | None = None) -> list[Any]:
    query = select(Task.__table__).where(Task.model == NO_MODEL, Task.closed_at.is_(None))
    with desk.store.read() as connection:
        return [one for one in connection.execute(query) if tag in (None, one.tag)]


def decide(desk: Desk, tasks: list[Any], decision: Any = "accept") -> None:
    for leased in desk.next("lin", 500):
        if leased.task.task_id in {one.task_id for one in tasks}:
            desk.answer("lin", leased, decision)


def test_customers_are_drawn_with_the_chance_that_is_noted(cold: Desk) -> None:
    plan(cold)
    found = new_tasks(cold)
    assert 8 <= len(found) <= 32  # half of forty, drawn one by one
    assert {(one.stream, one.confidence, one.decision, one.is_blind) for one in found} == {
        (AUDIT, None, "withhold", False)
    }
    assert {one.probability for one in found} == {20 / CUSTOMERS}
    assert all(int(one.customer_id[1:]) < CUSTOMERS for one in found)
    assert {one.as_of for one in found} == {cold.now}


def test_each_customer_is_drawn_as_often_as_said(cold: Desk) -> None:
    times = 40
    for _ in range(times):
        plan(cold, "homeowner")
        decide(cold, [])
        cold.later(days=400)  # nothing that was decided or asked is in the way any more
    with cold.store.read() as connection:
        count = connection.scalar(select(func.count()).where(Task.model == NO_MODEL)) or 0
    expected = times * 20
    assert abs(count - expected) < 4 * (times * 20 * (1 - 20 / CUSTOMERS)) ** 0.5


def test_one_tag_comes_after_the_other(cold: Desk) -> None:
    plan(cold)
    first = new_tasks(cold)
    assert {one.tag for one in first} == {"homeowner"}
    decide(cold, first)
    cold.later(days=1)
    plan(cold)
    assert {one.tag for one in new_tasks(cold)} == {"older_household"}


def test_what_everybody_skips_does_not_keep_the_others_from_their_turn(cold: Desk) -> None:
    plan(cold)
    skipped = new_tasks(cold)
    decide(cold, skipped, "skip")
    cold.later(days=1)
    plan(cold)
    assert len(new_tasks(cold, "homeowner")) == len(skipped)
    assert len(new_tasks(cold, "older_household")) > 5
    decide(cold, new_tasks(cold, "older_household"), "skip")
    for _ in range(4):
        cold.later(days=1)
        plan(cold)
        decide(cold, new_tasks(cold), "skip")
    assert len(new_tasks(cold, "homeowner")) > 2 * len(skipped)


def test_tasks_at_which_nobody_looks_do_not_pile_up(cold: Desk) -> None:
    for _ in range(5):
        plan(cold, "homeowner")
        cold.later(days=1)
    assert len(new_tasks(cold)) < 40


def test_drawn_tasks_that_everybody_skipped_are_given_up_in_the_end(cold: Desk) -> None:
    plan(cold, "homeowner")
    skipped = {one.task_id for one in new_tasks(cold)}
    decide(cold, new_tasks(cold), "skip")
    cold.later(days=AUDIT_DAYS + 1)
    plan(cold, "homeowner")
    assert skipped
    assert not skipped & {one.task_id for one in new_tasks(cold)}


def test_decided_customers_are_not_asked_again(cold: Desk) -> None:
    cold.settings = cold.settings.model_copy(update={"reviews_per_day": 300.0})
    plan(cold, "homeowner")
    first = new_tasks(cold)
    decide(cold, first)
    cold.later(days=1)
    plan(cold, "homeowner")
    second = new_tasks(cold)
    assert second
    assert not {one.customer_id for one in first} & {one.customer_id for one in second}


def test_the_other_tags_keep_what_is_left_of_the_day(cold: Desk) -> None:
    cold.suggest(suggested(100))
    done = plan(cold)
    assert done is not None
    others = done.informative + done.audited - len(new_tasks(cold))
    assert others + len(new_tasks(cold)) == 40
    assert others > 5


def test_without_a_churn_model_everybody_with_events_can_be_drawn(desk: Desk) -> None:
    rows = [
        {"customer_id": f"c{n}", "segment": None, "churn": None, "release_id": "r", "as_of": NOON}
        for n in range(30)
    ]
    with desk.store.write() as connection:
        connection.execute(insert(CustomerPrediction), rows)
    plan(desk, "homeowner")
    assert len(new_tasks(desk)) > 5


def test_a_tag_that_a_model_learned_is_not_asked_this_way(cold: Desk) -> None:
    plan(cold, "older_household")
    assert new_tasks(cold, "homeowner") == []


def test_a_decision_becomes_a_label_with_the_weight_of_its_chance(cold: Desk) -> None:
    plan(cold, "homeowner")
    decide(cold, new_tasks(cold))
    with cold.store.read() as connection:
        labels = list(connection.execute(select(Label.__table__)))
    assert labels
    assert {(one.source, one.weight, one.shown_confidence) for one in labels} == {
        (AUDIT, CUSTOMERS / 20, None)
    }


def test_customers_are_counted_who_were_said_to_fit_and_not(cold: Desk) -> None:
    plan(cold, "homeowner")
    tasks = new_tasks(cold)
    decide(cold, tasks[:3])
    decide(cold, tasks[3:8], "reject")
    decide(cold, tasks[8:], "skip")
    with cold.store.read() as connection:
        assert told_so_far(connection, NEW) == {"homeowner": (3, 5), "older_household": (0, 0)}


def test_shares_of_nothing_draw_nothing(cold: Desk) -> None:
    cold.settings = cold.settings.model_copy(update={"new_tag_share": 0.0})
    plan(cold)
    assert new_tasks(cold) == []


def test_instants_are_those_of_the_draw(cold: Desk) -> None:
    cold.now = datetime(2018, 3, 1, tzinfo=UTC)
    plan(cold)
    assert all(one.made_at - one.as_of == timedelta(0) for one in new_tasks(cold))
