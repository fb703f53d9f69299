"""What becomes of an answer: kept once, a label with the audit's weight, late ones kept, rushed ones held."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.errors import ConflictError, NotFoundError
from review.chosen import AGAIN, AUDIT
from review.consensus import read_labels
from review.decisions import decided
from review.pace import LOOKED_BACK
from review.planning import AUDIT_DAYS
from review.tables import Label, Task, TaskDecision
from review.undoing import UNDOABLE
from tests.review.conftest import TAGS, Desk, suggested


@pytest.fixture
def planned(desk: Desk) -> Desk:
    desk.suggest(suggested(100))
    desk.plan()
    return desk


def labels(desk: Desk) -> list[Label]:
    with desk.store.read() as connection:
        return list(connection.execute(select(Label.__table__).where(Label.undone_at.is_(None))))  # type: ignore[arg-type]


def test_an_answer_becomes_a_label_about_what_was_known_then(planned: Desk) -> None:
    (leased,) = planned.next("lin")
    planned.later(minutes=1)
    assert planned.answer("lin", leased, "reject").status == "recorded"
    (label,) = labels(planned)
    assert (label.value, label.reviewer, label.as_of) == (False, "lin", leased.task.as_of)
    assert (label.shown_confidence, label.shown_model) == (leased.task.confidence, "interest/1")
    assert planned.next("lin")[0].task.task_id != leased.task.task_id


def test_an_audits_label_weighs_one_over_its_chance(planned: Desk) -> None:
    for leased in planned.next("lin", 40):
        planned.answer("lin", leased, "accept" if leased.task.place % 2 else "reject")
    found = labels(planned)
    assert {label.source for label in found} == {"audit", "review"}
    chances = {one.task.probability for one in planned.next("lin", 40) if one.task.stream == AUDIT}
    assert not chances
    assert all((label.weight > 1) == (label.source == "audit") for label in found)


def test_the_same_answer_twice_is_kept_once_and_another_of_its_id_refused(planned: Desk) -> None:
    (leased,) = planned.next("lin")
    planned.answer("lin", leased, decision_id="mine")
    assert planned.answer("lin", leased, decision_id="mine").status == "already_recorded"
    refused = planned.answer("lin", leased, "reject", decision_id="mine")
    assert refused.status == "refused"
    assert isinstance(refused.problem, ConflictError)
    assert len(labels(planned)) == 1


def test_a_blind_answer_notes_that_nothing_was_shown(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"blind_share": 1.0})
    desk.suggest(suggested(20))
    desk.plan()
    (leased,) = desk.next("lin")
    desk.answer("lin", leased)
    (label,) = labels(desk)
    assert (label.shown_confidence, label.shown_model) == (None, None)


def test_an_answer_after_the_lease_is_kept_and_beside_another_ones_as_a_second_opinion(planned: Desk) -> None:
    (late,) = planned.next("lin")
    planned.later(minutes=6)
    (taken,) = planned.next("wang")
    assert taken.task.task_id == late.task.task_id
    assert not planned.answer("wang", taken).is_second_opinion
    outcome = planned.answer("lin", late, "reject")
    assert (outcome.status, outcome.is_second_opinion) == ("recorded", True)
    assert {label.reviewer for label in labels(planned)} == {"lin", "wang"}


def test_a_task_whose_tag_is_gone_is_refused_and_nobody_is_asked_again(planned: Desk) -> None:
    (leased,) = planned.next("lin")
    without = planned.taxonomy.model_copy(
        update={"tags": tuple(tag for tag in planned.taxonomy.tags if tag.key not in TAGS)}
    )
    everything, planned.taxonomy = planned.taxonomy, without
    outcome = planned.answer("lin", leased)
    assert isinstance(outcome.problem, ConflictError)
    planned.taxonomy = everything
    (following,) = planned.next("lin")
    assert following.task.task_id != leased.task.task_id
    assert planned.answer("lin", following).status == "recorded"
    assert len(labels(planned)) == 1


def test_an_undone_answer_counts_no_more_and_its_task_is_back(planned: Desk) -> None:
    (leased,) = planned.next("lin")
    planned.answer("lin", leased, decision_id="mine")
    assert planned.undo("lin", "mine") == leased.task.task_id
    assert labels(planned) == []
    with planned.store.read() as connection:
        assert read_labels(connection, TAGS) == []
        assert decided(connection, [leased.task.customer_id], planned.now + timedelta(hours=1)) == {}
    (again,) = planned.next("lin")
    assert again.task.task_id == leased.task.task_id
    assert planned.answer("lin", again, "reject").status == "recorded"
    assert [label.value for label in labels(planned)] == [False]


def test_only_the_reviewers_own_latest_answers_can_be_undone(planned: Desk) -> None:
    for number, leased in enumerate(planned.next("lin", UNDOABLE + 1)):
        planned.answer("lin", leased, decision_id=f"n{number}")
    planned.undo("lin", f"n{UNDOABLE}")
    with pytest.raises(NotFoundError, match="latest 10"):
        planned.undo("wang", "n5")
    planned.undo("lin", "n0")
    with pytest.raises(NotFoundError, match="latest 10"):
        planned.undo("lin", "n0")


def test_who_accepts_everything_in_no_time_is_held_and_the_task_stays_open(planned: Desk) -> None:
    rushed = planned.next("lin", LOOKED_BACK + 1)
    outcomes = [planned.answer("lin", leased, milliseconds=300) for leased in rushed]
    assert [one.is_held for one in outcomes] == [False] * (LOOKED_BACK - 1) + [True] * 2
    assert len(labels(planned)) == LOOKED_BACK - 1
    held = {leased.task.task_id for leased in rushed[LOOKED_BACK - 1 :]}
    assert held <= {leased.task.task_id for leased in planned.next("wang", 100)}


def test_some_decisions_are_asked_for_once_more_of_the_same_person_alone(planned: Desk) -> None:
    planned.settings = planned.settings.model_copy(update={"repeat_review_share": 0.5})
    first = planned.next("lin", 40)
    for number, leased in enumerate(first):
        planned.answer("lin", leased, "accept" if number % 2 else "reject")
    again = planned.next("lin", 40)
    assert again
    assert {one.task.stream for one in again} == {AGAIN}
    assert planned.next("wang", 40) == []
    before = len(labels(planned))
    planned.answer("lin", again[0])
    assert len(labels(planned)) == before  # it measures the reviewer; the customer was decided before
    with planned.store.read() as connection:
        assert len(connection.execute(select(TaskDecision.seq)).all()) == len(first) + 1


def open_task(desk: Desk, task_id: str) -> bool:
    with desk.store.read() as connection:
        return connection.scalar(select(Task.closed_at).where(Task.task_id == task_id)) is None


def test_two_who_contradict_each_other_send_the_task_to_a_third_and_no_further(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"second_review_share": 1.0})
    desk.suggest(suggested(100))
    desk.plan()
    (first,) = desk.next("lin")
    desk.answer("lin", first, "accept")
    desk.answer("wang", first, "reject")
    assert open_task(desk, first.task.task_id)
    assert all(one.task.task_id != first.task.task_id for one in desk.next("lin", 50))
    third = next(one for one in desk.next("zhao", 50) if one.task.task_id == first.task.task_id)
    desk.answer("zhao", third, "reject")
    assert not open_task(desk, first.task.task_id)
    with desk.store.read() as connection:
        (label,) = read_labels(connection, TAGS)
    assert (label.value, label.is_disputed, sorted(label.reviewers)) == (False, True, ["lin", "wang", "zhao"])
    assert label.weight < 1.0


def test_a_late_answer_that_contradicts_brings_a_closed_task_back(planned: Desk) -> None:
    (late,) = planned.next("lin")
    planned.later(minutes=6)
    (taken,) = planned.next("wang")
    planned.answer("wang", taken, "accept")
    assert not open_task(planned, late.task.task_id)
    planned.answer("lin", late, "reject")
    assert open_task(planned, late.task.task_id)
    assert late.task.task_id in {one.task.task_id for one in planned.next("zhao", 50)}


def test_a_dispute_that_nobody_else_settles_does_not_stay_open_for_good(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"second_review_share": 1.0})
    desk.suggest(suggested(100))
    desk.plan()
    (first,) = desk.next("lin")
    desk.answer("lin", first, "accept")
    desk.answer("wang", first, "reject")
    desk.later(days=AUDIT_DAYS + 1)
    desk.plan()
    assert not open_task(desk, first.task.task_id)
