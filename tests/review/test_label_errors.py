"""Likely errors among labels: found where a model is sure of the opposite, and given to somebody else."""

import numpy as np
import pytest
from sqlalchemy import insert

from review.chosen import AUDIT, INFORMATIVE
from review.consensus import read_labels
from review.decisions import Decision, record
from review.label_errors import (
    LabelError,
    ask_again,
    find_label_errors,
    keep_label_errors,
    read_label_errors,
)
from review.tables import Task
from tests.review.conftest import NOON, Desk

WRONG = {"c3", "c40", "c77"}


def decide(
    desk: Desk,
    customers: int = 120,
    stream: str = INFORMATIVE,
    tag: str = "coffee",
    sure: float = 0.97,
) -> None:
    """A model that is as sure as told and right, and a reviewer who is wrong of three."""
    dice = np.random.default_rng(0)
    with desk.store.write() as connection:
        for number in range(customers):
            name, truth = f"c{number}", bool(dice.random() < 0.5)
            confidence = sure if truth else 1.0 - sure
            task = {
                "task_id": f"{tag}-{name}",
                "draw_id": "d",
                "customer_id": name,
                "tag": tag,
                "stream": stream,
                "probability": 0.1 if stream == AUDIT else None,
                "score": 0.0,
                "place": number,
                "is_blind": False,
                "wanted": 1,
                "confidence": confidence,
                "decision": "review",
                "model": "interest/1",
                "as_of": NOON,
                "made_at": NOON,
                "closed_at": NOON,
                "closed_because": "decided",
            }
            connection.execute(insert(Task), [task])
            said = Decision(f"{tag}-{name}", name, tag, truth != (name in WRONG), "lin", NOON)
            record(connection, said, desk.taxonomy[tag], now=NOON, zone=desk.settings.zone)


def errors(desk: Desk) -> list[LabelError]:
    with desk.store.read() as connection:
        return find_label_errors(connection, ["coffee", "tea"])


@pytest.fixture
def decided(desk: Desk) -> Desk:
    decide(desk)
    return desk


def test_the_wrong_ones_are_found_and_the_likeliest_comes_first(decided: Desk) -> None:
    found = errors(decided)
    assert {one.customer_id for one in found} == WRONG
    assert [one.quality for one in found] == sorted(one.quality for one in found)
    assert all((one.confidence > 0.5) != one.value and one.quality < 0.2 for one in found)
    assert {one.reviewers for one in found} == {("lin",)}


def test_what_is_kept_is_what_pages_show_until_it_is_looked_for_again(decided: Desk) -> None:
    found = errors(decided)
    with decided.store.write() as connection:
        keep_label_errors(connection, found, now=NOON)
        assert read_label_errors(connection) == found
        keep_label_errors(connection, found[:1], now=NOON)
        assert read_label_errors(connection) == found[:1]
        keep_label_errors(connection, [], now=NOON)
        assert read_label_errors(connection) == []


def test_a_second_look_goes_to_somebody_else_and_a_contradiction_is_a_dispute(decided: Desk) -> None:
    found = errors(decided)
    with decided.store.write() as connection:
        keep_label_errors(connection, found, now=NOON)
        assert ask_again(connection, found) == len(WRONG)
        assert read_label_errors(connection) == []
    decided.later(minutes=1)
    decided_again = decided.next("wang", 10)
    assert {one.task.customer_id for one in decided_again} == WRONG
    for leased in decided_again:
        decided.answer("wang", leased, "accept" if leased.task.confidence > 0.5 else "reject")
    with decided.store.read() as connection:
        disputed = {one.customer_id for one in read_labels(connection, ["coffee"]) if one.is_disputed}
    assert disputed == WRONG


def test_an_audits_labels_are_listed_and_not_asked_again(desk: Desk) -> None:
    decide(desk, stream=AUDIT)
    found = errors(desk)
    assert {one.customer_id for one in found} == WRONG
    assert {one.task_id for one in found} == {None}
    with desk.store.write() as connection:
        assert ask_again(connection, found) == 0


def test_a_handful_of_labels_is_not_judged(desk: Desk) -> None:
    decide(desk, customers=6)
    assert errors(desk) == []


def test_a_model_that_is_less_sure_than_people_are_right_doubts_nobody(desk: Desk) -> None:
    decide(desk, sure=0.9)
    assert errors(desk) == []
