"""`explain` adds reasons to tags and churn, and changes nothing else."""

from typing import Any

import httpx
import pytest

from serving.api.schemas.customers import CustomerAnswer
from serving.api.schemas.predict import EXPLAINED_A_CALL, PredictAnswer

EVENT = {"occurred_at": "2017-12-30T10:00:00+08:00", "type": "purchase", "item_id": "c1", "amount": 5}


def ask(api: httpx.Client, *customers: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    response = api.post("/v1/predict", json={"customers": list(customers), **more})
    assert response.status_code == 200, response.text
    PredictAnswer.model_validate_json(response.content)
    found: list[dict[str, Any]] = response.json()["customers"]
    return found


def without_reasons(answer: dict[str, Any]) -> dict[str, Any]:
    def plain(entry: dict[str, Any] | None) -> dict[str, Any] | None:
        return {key: value for key, value in entry.items() if key != "reasons"} if entry else entry

    tags = {name: [plain(tag) for tag in answer[name]] for name in ("tags", "rejected")}
    return {**answer, **tags, "churn": plain(answer["churn"])}


def test_every_tag_and_churn_come_with_reasons(api: httpx.Client) -> None:
    (found,) = ask(api, {"customer_id": "c1"}, explain=True)
    assert all(tag["reasons"] for tag in found["tags"])
    for entry in (*found["tags"], found["churn"]):
        assert len(entry["reasons"]) <= 3
        for reason in entry["reasons"]:
            assert reason["direction"] in {"raises", "lowers"}
            assert reason["sentence"]["en"]
            assert reason["sentence"]["zh"]
    assert found["tags"][0]["reasons"][0]["group"] == "purchases:coffee"


def test_the_rest_of_the_answer_is_what_it_is_without(api: httpx.Client) -> None:
    asked: list[dict[str, Any]] = [
        *({"customer_id": f"c{n}"} for n in range(30)),
        {"customer_id": "nobody"},
        {"events": [EVENT]},
    ]
    plain, explained = ask(api, *asked), ask(api, *asked, explain=True)
    for one, other in zip(plain, explained, strict=True):
        assert "reasons" not in str(one)
        stripped = without_reasons(other)
        assert [tag["key"] for tag in stripped["tags"]] == [tag["key"] for tag in one["tags"]]
        for tag, same in zip(stripped["tags"], one["tags"], strict=True):
            if same["confidence"] is not None:  # other tests of this server let a person give some
                assert tag["confidence"] == pytest.approx(same["confidence"], rel=1e-12)
        assert stripped["no_churn_because"] == one["no_churn_because"]


def test_an_answer_after_an_explained_one_has_no_reasons(api: httpx.Client) -> None:
    """Answers are kept; an explained one must not be kept as the plain one, nor the other way round."""
    ask(api, {"customer_id": "c5"}, explain=True)
    (plain,) = ask(api, {"customer_id": "c5"})
    assert all("reasons" not in tag for tag in plain["tags"])
    (again,) = ask(api, {"customer_id": "c5"}, explain=True)
    assert all(tag["reasons"] for tag in again["tags"])


def test_given_events_are_explained_too(api: httpx.Client) -> None:
    (found,) = ask(api, {"events": [EVENT]}, explain=True)
    coffee = next(tag for tag in found["tags"] if tag["key"] == "coffee")
    assert coffee["reasons"][0]["direction"] == "raises"


def test_a_customer_without_events_has_nothing_to_explain(api: httpx.Client) -> None:
    found = ask(api, {"customer_id": "nobody"}, {"customer_id": "silent"}, explain=True)
    predicted = [[tag for tag in one["tags"] if tag["decided"] is None] for one in found]
    assert predicted == [[], []]
    assert [one["churn"] for one in found] == [None, None]


def test_a_tag_that_only_a_reviewer_said_has_no_reasons_of_a_model(api: httpx.Client) -> None:
    decision = {
        "decision_id": "explained",
        "customer_id": "c7",
        "tag": "gourmet",
        "decision": "accept",
        "reviewer": "lin",
        "as_of": "2017-12-31T10:00:00+08:00",
    }
    response = api.post("/v1/feedback", json=decision)
    assert response.status_code == 200, response.text
    (found,) = ask(api, {"customer_id": "c7"}, explain=True)
    gourmet = next(tag for tag in found["tags"] if tag["key"] == "gourmet")
    assert gourmet["confidence"] is None
    assert gourmet["reasons"] == []


def test_too_many_to_explain_are_refused_in_words(api: httpx.Client) -> None:
    customers = [{"customer_id": f"c{n}"} for n in range(EXPLAINED_A_CALL + 1)]
    response = api.post(
        "/v1/predict", json={"customers": customers, "explain": True}, headers={"Accept-Language": "zh"}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "too_many_to_explain"
    assert "100" in response.json()["detail"]
    assert len(ask(api, *customers)) == len(customers)
    assert len(ask(api, *customers[1:], explain=True)) == EXPLAINED_A_CALL


@pytest.mark.parametrize("wrong", ["true", 1, None])
def test_explain_is_true_or_false(api: httpx.Client, wrong: Any) -> None:
    response = api.post("/v1/predict", json={"customers": [{"customer_id": "c1"}], "explain": wrong})
    assert response.status_code == 422
    assert (response.json()["errors"][0]["field"], response.json()["errors"][0]["code"]) == (
        "explain",
        "bool_type",
    )


def test_a_profile_has_reasons_where_they_are_asked_for(api: httpx.Client) -> None:
    plain = api.get("/v1/customers/c1").json()
    response = api.get("/v1/customers/c1", params={"explain": "true"})
    CustomerAnswer.model_validate_json(response.content)
    explained = response.json()
    assert all(tag["reasons"] for tag in explained["tags"])
    assert "reasons" in explained["churn"]
    assert all("reasons" not in entry for entry in (*plain["tags"], plain["churn"]))


@pytest.mark.parametrize("wrong", ["1", "yes", "", "TRUE"])
def test_explain_of_an_address_is_true_or_false(api: httpx.Client, wrong: str) -> None:
    response = api.get("/v1/customers/c1", params={"explain": wrong})
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "bool_type"
