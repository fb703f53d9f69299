"""A reviewer's session over HTTP: tasks, decisions, undo, figures, on a server of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

import httpx
import pytest

from core.storage import open_store
from serving.api.schemas.review import (
    DecisionsAnswer,
    LabelErrorsAnswer,
    NextAnswer,
    SimilarAnswer,
    StatsAnswer,
    UndoAnswer,
)
from serving.keys import NewKey, Scope, create_key, revoke_key


@pytest.fixture
def desk(reviewed: Any) -> Iterator[httpx.Client]:
    with reviewed.client(key="review") as client:
        yield client


def next_tasks(desk: httpx.Client, n: int = 10) -> list[Any]:
    response = desk.get("/v1/review/next", params={"n": n})
    assert response.status_code == 200, response.text
    NextAnswer.model_validate_json(response.content)
    tasks: list[Any] = response.json()["tasks"]
    return tasks


def decide(desk: httpx.Client, *decisions: dict[str, Any]) -> list[Any]:
    response = desk.post("/v1/review/decisions", json={"decisions": decisions})
    assert response.status_code == 200, response.text
    DecisionsAnswer.model_validate_json(response.content)
    outcomes: list[Any] = response.json()["outcomes"]
    return outcomes


def said(task: Any, decision_id: str, decision: str = "accept") -> dict[str, Any]:
    return {
        "decision_id": decision_id,
        "task_id": task["task_id"],
        "decision": decision,
        "milliseconds": 3_000,
    }


def test_a_task_shows_what_is_needed_and_a_blind_one_hides_the_suggestion(desk: httpx.Client) -> None:
    tasks = next_tasks(desk, 30)
    for task in tasks:
        assert task["tag"]["names"]["zh"]
        assert task["timeline"]["days"]
        assert task["customer"]["figures"]
        counts = [one["purchases"] for one in task["customer"]["bought"]]
        assert counts == sorted(counts, reverse=True)
        assert (task["suggestion"] is None) == task["is_blind"]
    assert {task["is_blind"] for task in tasks} == {True, False}
    open_ones = [task for task in tasks if not task["is_blind"]]
    assert all(len(task["suggestion"]["reasons"]) > 0 for task in open_ones)
    coffee = next(task for task in tasks if task["tag"]["key"] == "coffee")
    assert coffee["tag"]["is_certified"]
    bought = {one["key"]: one["names"]["zh"] for task in tasks for one in task["customer"]["bought"]}
    assert bought["coffee"] == "“咖啡”类商品"
    assert sum(day["of_tag"] for day in coffee["timeline"]["days"]) <= sum(
        day["lines"] for day in coffee["timeline"]["days"]
    )


def test_a_decision_governs_the_profile_and_can_be_taken_back(reviewed: Any, desk: httpx.Client) -> None:
    task = next_tasks(desk, 1)[0]
    assert decide(desk, said(task, "first", "reject"))[0]["status"] == "recorded"
    assert decide(desk, said(task, "first", "reject"))[0]["status"] == "already_recorded"
    with reviewed.client() as api:
        body = {"customers": [{"customer_id": task["customer"]["customer_id"]}]}

        def rejected() -> set[str]:
            found = api.post("/v1/predict", json=body).json()["customers"][0]["rejected"]
            return {tag["key"] for tag in found}

        assert task["tag"]["key"] in rejected()
        response = desk.post("/v1/review/undo", json={"decision_id": "first"})
        assert UndoAnswer.model_validate_json(response.content).task_id == task["task_id"]
        assert task["tag"]["key"] not in rejected()
    assert next_tasks(desk, 1)[0]["task_id"] == task["task_id"]


def test_decided_customers_like_that_of_a_task_are_shown_the_most_alike_first(desk: httpx.Client) -> None:
    tasks = [task for task in next_tasks(desk, 40) if task["tag"]["key"] == "coffee"]
    for number, task in enumerate(tasks[:6]):
        decide(desk, said(task, f"similar {number}", "accept" if number % 2 else "reject"))
    response = desk.get(f"/v1/review/tasks/{tasks[-1]['task_id']}/similar")
    assert response.status_code == 200, response.text
    found = SimilarAnswer.model_validate_json(response.content).customers
    decided = {
        task["customer"]["customer_id"]: "accept" if number % 2 else "reject"
        for number, task in enumerate(tasks[:6])
    }
    assert len(found) == 5
    assert all(decided.get(one.customer_id, one.decision) == one.decision for one in found)
    assert tasks[-1]["customer"]["customer_id"] not in {one.customer_id for one in found}
    assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)
    assert all(0 <= one.likeness <= 1 for one in found)


def test_there_is_nobody_like_the_customer_of_no_task(desk: httpx.Client) -> None:
    response = desk.get("/v1/review/tasks/task_x/similar")
    assert response.status_code == 404
    assert "task_x" in response.json()["detail"]


def test_decisions_that_are_likely_wrong_are_listed(desk: httpx.Client) -> None:
    response = desk.get("/v1/review/errors")
    assert LabelErrorsAnswer.model_validate_json(response.content).errors == []


def test_one_wrong_decision_leaves_the_others_alone(desk: httpx.Client) -> None:
    first, second = next_tasks(desk, 2)
    outcomes = decide(desk, said(first, "good"), said({"task_id": "task_x"}, "bad"), said(second, "good too"))
    assert [one["status"] for one in outcomes] == ["recorded", "refused", "recorded"]
    problem = outcomes[1]["problem"]
    assert problem["code"] == "not_found"
    assert "task_x" in problem["en"]
    assert "task_x" in problem["zh"]


def test_only_the_latest_own_decisions_can_be_undone(desk: httpx.Client) -> None:
    response = desk.post("/v1/review/undo", json={"decision_id": "nobody's"})
    assert response.status_code == 404
    assert "latest 10" in response.json()["detail"]


def test_two_reviewers_get_different_tasks_and_the_figures_name_both(
    reviewed: Any, desk: httpx.Client
) -> None:
    with reviewed.client(key="all") as other:
        mine = {task["task_id"] for task in next_tasks(desk, 5)}
        theirs = next_tasks(other, 5)
        assert not mine & {task["task_id"] for task in theirs}
        decide(other, said(theirs[0], "theirs"))
    response = desk.get("/v1/review/stats")
    found = StatsAnswer.model_validate_json(response.content)
    assert {one.reviewer for one in found.reviewers} >= {"all"}
    assert found.decided_today >= 1
    assert found.open_tasks > 0


@pytest.mark.parametrize("n", ["0", "51", "-1", "many", "1.5"])
def test_a_wrong_number_of_tasks_is_refused_and_says_what_is_right(desk: httpx.Client, n: str) -> None:
    response = desk.get("/v1/review/next", params={"n": n})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "n"


def test_a_key_without_the_scope_gets_no_tasks(reviewed: Any) -> None:
    with reviewed.client(key="feedback") as client:
        assert client.get("/v1/review/next").status_code == 403
        assert client.post("/v1/review/decisions", json={"decisions": []}).status_code == 403


def test_a_reviewer_whose_key_is_revoked_decides_no_more_and_goes_on_with_a_new_one(
    reviewed: Any, until: Callable[..., None]
) -> None:
    now = reviewed.home.settings.make_clock().now()
    first = new_key(reviewed, now)
    with reviewed.client(key=None, Authorization=f"Bearer {first.token}") as client:
        (task,) = next_tasks(client, 1)
        with closing(open_store(reviewed.home.settings)) as store, store.write() as connection:
            revoke_key(connection, first.key_id, now=now)
        until(lambda: client.get("/v1/review/next").status_code == 401)
        refused = client.post("/v1/review/decisions", json={"decisions": [said(task, "too late")]})
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
    second = new_key(reviewed, now)
    with reviewed.client(key=None, Authorization=f"Bearer {second.token}") as client:
        assert [one["task_id"] for one in next_tasks(client, 1)] == [task["task_id"]]
        (outcome,) = decide(client, said(task, "too late"))
        assert outcome["status"] == "recorded"


def new_key(reviewed: Any, now: datetime) -> NewKey:
    """A key of the reviewer whom the test revokes."""
    with closing(open_store(reviewed.home.settings)) as store, store.write() as connection:
        return create_key(connection, "revoked", [Scope.REVIEW], now=now)
