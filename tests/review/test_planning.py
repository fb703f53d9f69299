"""The day's tasks: chosen once, audit and informative mixed, nothing that is decided or asked already."""

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from review.planning import AUDIT, AUDIT_DAYS, DECISIONS, INFORMATIVE, plan_day
from review.tables import Draw, Task
from tests.review.conftest import TAGS, Desk, suggested


def tasks(desk: Desk, *, is_open: bool = True) -> list[Any]:
    query = select(Task.__table__).order_by(Task.place)
    with desk.store.read() as connection:
        return list(connection.execute(query.where(Task.closed_at.is_(None)) if is_open else query))


def test_a_day_is_planned_once(desk: Desk) -> None:
    desk.suggest(suggested(100))
    first = desk.plan()
    assert first is not None
    assert (first.suggestions, first.informative + first.audited) == (300, 40)
    assert desk.plan() is None
    desk.later(days=1)
    assert desk.plan() is not None


def test_the_audit_draws_from_everything_with_the_chance_that_it_notes(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"audit_share": 0.8})
    desk.suggest(suggested(200))
    desk.plan()
    audited = [task for task in tasks(desk) if task.stream == AUDIT]
    assert {task.decision for task in audited} == {"apply", "review", "withhold"}
    counts = Counter(one.decision for one in suggested(200))
    for task in audited:
        assert abs(task.probability - 32 / 3 / counts[task.decision]) < 1e-9


def test_the_other_stream_takes_what_goes_to_people_and_tells_most(desk: Desk) -> None:
    desk.suggest(suggested(200))
    desk.plan()
    chosen = [task for task in tasks(desk) if task.stream == INFORMATIVE]
    assert {task.decision for task in chosen} == {"review"}
    assert {task.probability for task in chosen} == {None}
    tags = Counter(task.tag for task in chosen)
    assert max(tags.values()) - min(tags.values()) <= 1


def test_of_tags_that_people_tell_the_unsure_ones_are_asked_whatever_becomes_of_them(desk: Desk) -> None:
    desk.suggest([replace(one, decision="withhold", confidence=0.3) for one in suggested(60)])
    with desk.store.write() as connection:
        plan_day(connection, desk.settings, TAGS, now=desk.now, reviewed=["tea"])
    chosen = [task for task in tasks(desk) if task.stream == INFORMATIVE]
    assert len(chosen) > 20
    assert {task.tag for task in chosen} == {"tea"}


def test_tags_that_people_tell_get_half_of_the_audit(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"audit_share": 1.0, "reviews_per_day": 120.0})
    desk.suggest(suggested(200))
    with desk.store.write() as connection:
        plan_day(connection, desk.settings, TAGS, now=desk.now, reviewed=["tea"])
    counts = Counter((task.tag == "tea", task.decision) for task in tasks(desk) if task.stream == AUDIT)
    assert set(counts) == {(flag, decision) for flag in (True, False) for decision in DECISIONS}
    assert 40 <= sum(n for (is_tea, _), n in counts.items() if is_tea) <= 80


def test_nobody_can_tell_the_streams_by_their_order(desk: Desk) -> None:
    desk.suggest(suggested(200))
    desk.plan()
    places = [task.place for task in tasks(desk) if task.stream == AUDIT]
    assert places != list(range(len(places)))
    assert max(places) > 20


def test_what_was_decided_or_is_asked_already_does_not_come_up_again(desk: Desk) -> None:
    desk.suggest(suggested(30))
    desk.plan()
    decided = {(one.task.customer_id, one.task.tag) for one in desk.next("lin", 5)}
    for leased in desk.next("lin", 5):
        desk.answer("lin", leased)
    desk.later(days=1)
    desk.plan()
    pairs = [(task.customer_id, task.tag) for task in tasks(desk)]
    assert len(set(pairs)) == len(pairs)
    assert not decided & set(pairs)


def test_tasks_nobody_began_are_replaced_but_the_audit_waits(desk: Desk) -> None:
    desk.suggest(suggested(200))
    desk.plan()
    before = {task.task_id: task.stream for task in tasks(desk)}
    desk.later(days=1)
    desk.plan()
    stayed = {task.task_id for task in tasks(desk)} & set(before)
    assert stayed == {name for name, stream in before.items() if stream == AUDIT}
    desk.later(days=AUDIT_DAYS)
    desk.plan()
    assert not {task.task_id for task in tasks(desk)} & set(before)
    reasons = Counter(task.closed_because for task in tasks(desk, is_open=False) if task.closed_at)
    assert reasons["given_up"] >= len(stayed)


def test_without_suggestions_a_day_is_planned_and_empty(desk: Desk) -> None:
    plan = desk.plan()
    assert plan is not None
    assert (plan.suggestions, plan.informative, plan.audited) == (0, 0, 0)
    with desk.store.read() as connection:
        assert len(connection.execute(select(Draw.draw_id)).all()) == 1


def test_tags_that_are_not_asked_for_do_not_come_up(desk: Desk) -> None:
    desk.suggest([one for one in suggested(50) if one.tag == "tea"])
    desk.plan()
    assert {task.tag for task in tasks(desk)} == {"tea"}
