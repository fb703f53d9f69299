from itertools import count
from typing import Any

import httpx
import pytest

from serving.api.schemas.feedback import FeedbackAnswer

NUMBERS = count()


def body(customer_id: str, tag: str = "coffee", decision: str = "accept", **more: Any) -> dict[str, Any]:
    given = {"customer_id": customer_id, "tag": tag, "decision": decision, "reviewer": "lin"}
    return {"decision_id": f"d{next(NUMBERS)}", **given, **more}


def send(api: httpx.Client, given: dict[str, Any], **headers: str) -> dict[str, Any]:
    response = api.post("/v1/feedback", json=given, headers=headers)
    assert response.status_code == 200, response.text
    return FeedbackAnswer.model_validate_json(response.content).model_dump()


def predicted(api: httpx.Client, customer_id: str) -> dict[str, Any]:
    response = api.post("/v1/predict", json={"customers": [{"customer_id": customer_id}]})
    found: dict[str, Any] = response.json()["customers"][0]
    return found


def keys(tags: list[dict[str, Any]]) -> list[str]:
    return [tag["key"] for tag in tags]


def test_a_rejected_tag_is_shown_as_decided_and_no_longer_suggested(api: httpx.Client) -> None:
    assert "coffee" in keys(predicted(api, "c11")["tags"])
    send(api, body("c11", decision="reject"))
    found = predicted(api, "c11")
    assert "coffee" not in keys(found["tags"])
    (rejected,) = found["rejected"]
    assert (rejected["key"], rejected["decided"]["decision"], rejected["decided"]["reviewer"]) == (
        "coffee",
        "reject",
        "lin",
    )
    assert rejected["confidence"] is not None


def test_an_accepted_tag_is_always_shown_also_without_a_model(api: httpx.Client) -> None:
    answer = send(api, body("c13", tag="gourmet"))
    assert "next `tagloop train` learns" in answer["next"]
    first = predicted(api, "c13")["tags"][0]
    assert (first["key"], first["confidence"], first["decided"]["decision"]) == ("gourmet", None, "accept")
    assert first["names"]["zh"] == "美食家"


def test_an_accepted_tag_below_its_floor_is_shown(api: httpx.Client) -> None:
    send(api, body("silent", tag="tea"))
    found = predicted(api, "silent")
    assert keys(found["tags"]) == ["tea"]
    assert found["status"] == "no_history"


def test_a_newer_decision_outranks_the_older(api: httpx.Client) -> None:
    send(api, body("c15", decision="reject"))
    send(api, body("c15", decision="accept"))
    found = predicted(api, "c15")
    assert found["rejected"] == []
    assert [tag["decided"]["decision"] for tag in found["tags"] if tag["key"] == "coffee"] == ["accept"]


def test_a_decision_whose_lifetime_is_over_does_not_govern(api: httpx.Client) -> None:
    send(api, body("c17", decision="reject", as_of="2017-11-01T00:00:00+08:00"))
    found = predicted(api, "c17")
    assert found["rejected"] == []
    assert all(tag["decided"] is None for tag in found["tags"])


def test_a_decision_sent_again_counts_once(api: httpx.Client) -> None:
    given = body("c19")
    assert send(api, given)["status"] == "recorded"
    assert send(api, given)["status"] == "already_recorded"
    assert api.post("/v1/feedback", json={**given, "decision": "reject"}).status_code == 409


def test_the_answer_says_what_comes_next_in_the_callers_language(api: httpx.Client) -> None:
    assert "以此决定为准" in send(api, body("c21"), **{"Accept-Language": "zh-CN"})["next"]


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"tag": "cofee"}, 404, "the tags are coffee, tea, gourmet"),
        ({"customer_id": "nobody"}, 404, "There is no customer 'nobody'"),
        ({"decision": "maybe"}, 422, "expected one of 'accept' or 'reject', got \"maybe\""),
        ({"as_of": "2030-01-01T00:00:00Z"}, 422, "after the clock"),
        ({"as_of": "2017-01-01"}, 422, "add an offset"),
        ({"reviewer": ""}, 422, "1 or more characters"),
        ({"shown_confidence": 1.5}, 422, "at most 1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    api: httpx.Client, wrong: dict[str, Any], status: int, said: str
) -> None:
    response = api.post("/v1/feedback", json={**body("c23", decision="reject"), **wrong})
    assert response.status_code == status
    assert said in response.json()["detail"]
    assert predicted(api, "c23")["rejected"] == []
