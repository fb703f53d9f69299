"""What people agree on: one answer counts as it is, of several the better reviewers' counts more."""

import subprocess
import sys
from datetime import UTC, datetime

import numpy as np

from review.consensus import Answered, Consensus, Question, agree

AT = datetime(2018, 1, 1, tzinfo=UTC)
YES, NO = "yes", "no"


def answered(customer: str, reviewer: str, value: str, tag: str = "coffee") -> Answered:
    return Answered(Question(customer, tag, AT), reviewer, value == YES, AT, "review")


def crowd(questions: int, right: dict[str, float], seed: int = 0) -> tuple[list[Answered], dict[str, bool]]:
    """Everybody answers every question, each right as often as stated."""
    dice = np.random.default_rng(seed)
    truth = {f"c{number}": bool(dice.random() < 0.5) for number in range(questions)}
    answers = [
        answered(customer, name, YES if (dice.random() < share) == value else NO)
        for customer, value in truth.items()
        for name, share in right.items()
    ]
    return answers, truth


def share_right(found: Consensus, truth: dict[str, bool]) -> float:
    return float(np.mean([label.value == truth[label.customer_id] for label in found.labels]))


def test_an_answer_that_nobody_else_gave_counts_in_full() -> None:
    found = agree([answered("c1", "lin", YES), answered("c2", "wang", NO)])
    assert [(one.value, one.weight, one.is_disputed) for one in found.labels] == [
        (True, 1.0, False),
        (False, 1.0, False),
    ]
    assert found.quality == {}


def test_careful_reviewers_outweigh_a_majority_that_guesses() -> None:
    right = {"careful": 0.97, "exact": 0.97, "a": 0.55, "b": 0.55, "c": 0.55}
    answers, truth = crowd(400, right)
    found = agree(answers)
    majority = np.mean(
        [
            (sum(one.value for one in answers if one.question.customer_id == name) >= 3) == value
            for name, value in truth.items()
        ]
    )
    assert share_right(found, truth) > 0.93
    assert share_right(found, truth) > majority + 0.03
    assert min(found.quality["careful"], found.quality["exact"]) > max(found.quality[name] for name in "abc")


def test_a_disputed_answer_weighs_less_than_an_agreed_one() -> None:
    answers, _ = crowd(200, {"lin": 0.9, "wang": 0.9})
    found = agree(answers)
    disputed = [one.weight for one in found.labels if one.is_disputed]
    agreed = [one.weight for one in found.labels if not one.is_disputed]
    assert 10 < len(disputed) < 70
    assert max(disputed) < min(agreed)
    assert all(0.0 <= weight <= 1.0 for weight in disputed + agreed)


def test_a_lone_answer_weighs_as_much_as_its_reviewer_is_worth() -> None:
    answers, _ = crowd(200, {"careful": 0.98, "exact": 0.98, "guesses": 0.6})
    alone = [answered("x1", "careful", YES), answered("x2", "guesses", YES), answered("x3", "new", YES)]
    found = agree([*answers, *alone])
    weight = {one.customer_id: one.weight for one in found.labels}
    assert weight["x1"] > weight["x3"] > weight["x2"]


def test_the_order_of_answers_and_the_names_of_reviewers_change_nothing() -> None:
    answers, _ = crowd(60, {"a": 0.9, "b": 0.8, "c": 0.7})
    told = {one.customer_id: (one.value, round(one.weight, 9)) for one in agree(answers).labels}
    assert {one.customer_id: (one.value, round(one.weight, 9)) for one in agree(answers[::-1]).labels} == told
    renamed = {"a": "zhao", "b": "qian", "c": "sun"}
    others = [
        Answered(one.question, renamed[one.reviewer], one.value, one.decided_at, one.source)
        for one in answers
    ]
    assert {one.customer_id: (one.value, round(one.weight, 9)) for one in agree(others).labels} == told


def test_two_who_never_agree_and_two_who_always_do_are_both_read() -> None:
    never = agree([answered("c1", "lin", YES), answered("c1", "wang", NO)])
    assert [one.is_disputed for one in never.labels] == [True]
    always = agree([answered(f"c{n}", name, YES) for n in range(3) for name in ("lin", "wang")])
    assert {(one.value, one.is_disputed) for one in always.labels} == {(True, False)}
    assert {one.weight for one in always.labels} == {1.0}
    many = agree([answered(f"c{n}", name, YES) for n in range(40) for name in ("lin", "wang")])
    assert all(one.value and one.weight > 0.9 for one in many.labels)
    against = agree([answered(f"c{n}", name, name) for n in range(40) for name in (YES, NO)])
    assert {(one.weight, one.is_disputed) for one in against.labels} == {(0.5, True)}


def test_reading_labels_loads_nothing_heavy_where_nobody_answered_twice() -> None:
    code = (
        "import sys, review; from datetime import UTC, datetime as d; from review.consensus import *;"
        "agree([Answered(Question('c', 't', d(2018, 1, 1, tzinfo=UTC)), 'lin', True, d(2018, 1, 1), 'review')]);"
        "sys.exit('cleanlab' in sys.modules or 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603 (our own line)
    assert done.returncode == 0
