"""Who gets which task: one reviewer at a time, back when the lease ends, twice where two are wanted."""

import pytest
from sqlalchemy import update

from core.storage import Store
from review.queue import Leased, close_retired, give_back
from review.tables import Task
from tests.review.conftest import Desk, suggested


def ids(leased: list[Leased]) -> list[str]:
    return [one.task.task_id for one in leased]


def test_two_reviewers_never_have_the_same_task_by_accident(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    first, second = desk.next("lin", 10), desk.next("wang", 10)
    assert len(first) == len(second) == 10
    assert not set(ids(first)) & set(ids(second))


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_tasks_looked_through_a_few_at_a_time_come_in_the_same_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Also where many have the same place, and the first ones are others' or answered."""
    desk.suggest(suggested(100))
    desk.plan()
    with desk.store.write() as connection:
        connection.execute(update(Task).values(place=Task.place // 20))
    desk.next("wang", 10)
    for leased in desk.next("lin", 15):
        desk.answer("lin", leased, "skip")
    expected = ids(desk.next("lin", 10))
    _give_back(desk.store, "lin", expected)
    monkeypatch.setattr("review.queue.TASKS_AT_ONCE", at_once)
    assert ids(desk.next("lin", 10)) == expected
    assert len(expected) == len(set(expected)) == 10


def test_asking_again_gives_the_same_tasks_with_a_longer_lease(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    first = desk.next("lin", 5)
    desk.later(minutes=2)
    again = desk.next("lin", 5)
    assert ids(again) == ids(first)
    assert again[0].until > first[0].until


def test_a_task_whose_lease_ended_goes_to_the_next_who_asks(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    first = desk.next("lin", 5)
    desk.later(minutes=6)
    assert ids(desk.next("wang", 5)) == ids(first)


def test_a_task_given_back_is_free_at_once(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    first = desk.next("lin", 2)
    _give_back(desk.store, "lin", ids(first))
    assert ids(desk.next("wang", 2)) == ids(first)


def _give_back(store: Store, reviewer: str, task_ids: list[str]) -> None:
    with store.write() as connection:
        give_back(connection, reviewer, task_ids)


def test_a_task_that_two_are_to_decide_goes_to_two_and_no_third(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"second_review_share": 1.0})
    desk.suggest(suggested(100))
    desk.plan()
    (first,), (second,) = desk.next("lin"), desk.next("wang")
    assert first.task.task_id == second.task.task_id
    assert desk.next("zhao")[0].task.task_id != first.task.task_id
    desk.answer("lin", first)
    desk.answer("wang", second)
    assert first.task.task_id not in ids(desk.next("zhao", 100))


def test_what_a_reviewer_skipped_goes_to_others_and_not_back_to_them(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    (first,) = desk.next("lin")
    desk.answer("lin", first, "skip")
    assert first.task.task_id not in ids(desk.next("lin", 100))
    desk.later(minutes=6)
    assert first.task.task_id in ids(desk.next("wang", 100))


def test_where_nothing_is_left_there_is_nothing(desk: Desk) -> None:
    assert desk.next("lin", 10) == []


def test_tasks_of_tags_that_nobody_is_given_any_more_are_closed_and_hide_no_others(desk: Desk) -> None:
    desk.suggest(suggested(100))
    desk.plan()
    others = tuple(tag for tag in desk.taxonomy.tags if tag.key != "coffee")
    without = desk.taxonomy.model_copy(update={"tags": others})
    leased = desk.next("lin", 40)
    assert "coffee" in {one.task.tag for one in leased}
    with desk.store.write() as connection:
        assert close_retired(connection, leased, without, now=desk.now)
    again = desk.next("lin", 40)
    assert again
    assert "coffee" not in {one.task.tag for one in again}
    with desk.store.write() as connection:
        assert not close_retired(connection, again, without, now=desk.now)
