from typing import Any

import httpx
import numpy as np
import pytest

from core.storage import open_store
from features.lake import Lake
from models.churn import ACTIVE_COLUMN
from serving import snapshot as served
from serving.api.schemas.predict import PredictAnswer
from serving.snapshot import load_snapshot, load_tags

EVENT = {"occurred_at": "2017-12-30T10:00:00+08:00", "type": "purchase", "item_id": "c1", "amount": 5}


def ask(api: httpx.Client, *customers: dict[str, Any]) -> list[dict[str, Any]]:
    response = api.post("/v1/predict", json={"customers": list(customers)})
    assert response.status_code == 200, response.text
    PredictAnswer.model_validate_json(response.content)
    answers: list[dict[str, Any]] = response.json()["customers"]
    return answers


def test_a_stored_customer_gets_tags_churn_and_a_segment(api: httpx.Client) -> None:
    (found,) = ask(api, {"customer_id": "c1"})
    assert found["status"] == "ok"
    assert found["tags"][0]["key"] == "coffee"
    assert found["tags"][0]["names"] == {"en": "Coffee", "zh": "咖啡"}
    assert 0 < found["churn"]["probability"] < 1
    assert found["churn"]["risk"]["names"]["zh"]
    assert 0 < found["segment"]["membership"] <= 1
    assert found["no_churn_because"] is None


def of_models(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The suggested tags about which nobody decided: other tests of this server let people decide."""
    return [tag for tag in found["tags"] if tag["decided"] is None]


def test_only_tags_above_their_floor_are_suggested_most_confident_first(api: httpx.Client) -> None:
    floors = {"coffee": 0.1, "tea": 0.2}
    for found in ask(api, *({"customer_id": f"c{n}"} for n in range(50, 90))):
        confidences = [tag["confidence"] for tag in of_models(found)]
        assert confidences == sorted(confidences, reverse=True)
        assert all(tag["confidence"] >= floors[tag["key"]] for tag in of_models(found))


def test_what_is_answered_is_what_the_release_says_of_the_features(
    api: httpx.Client, trained_home: Any
) -> None:
    store = open_store(trained_home.settings)
    snapshot = load_snapshot(trained_home.settings, store, load_tags(trained_home.settings, store))
    names = [f"c{n}" for n in range(50, 90)]
    with store.read() as connection:
        found, rows = snapshot.features.of_stored(connection, names, trained_home.settings.make_clock().now())
    said = snapshot.said_of(rows).predictions
    answers = ask(api, *({"customer_id": name} for name in found))
    assert said.interest is not None
    assert said.churn is not None
    for place, answer in enumerate(answers):
        confidence = dict(zip(("coffee", "tea"), said.interest[place], strict=True))
        for tag in of_models(answer):
            np.testing.assert_allclose(tag["confidence"], confidence[tag["key"]], rtol=1e-12)
        if answer["churn"]:
            np.testing.assert_allclose(answer["churn"]["probability"], said.churn[place], rtol=1e-12)
    store.close()


def test_a_customer_gets_alone_what_it_gets_among_many(api: httpx.Client) -> None:
    together = ask(api, *({"customer_id": f"c{n}"} for n in range(60)))
    for place in (0, 7, 59):
        (alone,) = ask(api, {"customer_id": f"c{place}"})
        assert [tag["key"] for tag in alone["tags"]] == [tag["key"] for tag in together[place]["tags"]]
        assert alone["segment"]["key"] == together[place]["segment"]["key"]


def test_customers_are_answered_in_order_also_the_unknown_ones(api: httpx.Client) -> None:
    found = ask(
        api,
        {"customer_id": "c2"},
        {"customer_id": "nobody"},
        {"customer_id": "silent"},
        {"customer_id": "c2"},
    )
    assert [one["customer_id"] for one in found] == ["c2", "nobody", "silent", "c2"]
    assert [one["status"] for one in found] == ["ok", "unknown_customer", "no_history", "ok"]
    assert found[0] == found[3]
    assert found[1]["tags"] == []
    assert found[1]["no_churn_because"]["code"] == "no_history"


def test_churn_is_not_asked_of_those_who_left_long_ago(api: httpx.Client) -> None:
    (found,) = ask(api, {"customer_id": "c0"})
    assert found["churn"] is None
    assert found["no_churn_because"]["code"] == "inactive"
    assert "56" in found["no_churn_because"]["zh"]


def test_churn_is_asked_of_whom_it_was_trained_on() -> None:
    assert served.ACTIVE_COLUMN == ACTIVE_COLUMN


def test_given_events_are_used_and_not_stored(api: httpx.Client) -> None:
    (found,) = ask(api, {"customer_id": "passer-by", "events": [EVENT]})
    assert found["status"] == "ok"
    assert found["customer_id"] == "passer-by"
    assert any(tag["key"] == "coffee" for tag in found["tags"])
    assert api.get("/v1/customers/passer-by").status_code == 404


def test_given_events_predict_what_the_same_stored_events_predict(api: httpx.Client, server: Any) -> None:
    lake = Lake(server.home.settings.lake_path)
    names = ["event_id", "occurred_at", "type", "channel", "order_id", "item_id", "amount", "discount"]
    events = [
        {
            **row,
            "occurred_at": row["occurred_at"].isoformat(),
            "amount": str(row["amount"]),
            "discount": str(row["discount"]),
        }
        for row in lake.read_customer("c33", names).to_pylist()
    ]
    stored, given = ask(
        api, {"customer_id": "c33"}, {"customer_id": "c33", "events": events, "attributes": {"age": "18-29"}}
    )
    assert stored["status"] == "ok"
    for part in ("tags", "churn", "segment"):
        assert given[part] == stored[part]


def test_no_given_events_are_no_history(api: httpx.Client) -> None:
    (found,) = ask(api, {"events": []})
    assert found["status"] == "no_history"
    assert found["segment"] is None


@pytest.mark.parametrize(
    ("customer", "field", "code"),
    [
        ({}, "customers.0", "neither_id_nor_events"),
        ({"customer_id": "c1", "attributes": {"age": "50+"}}, "customers.0", "attributes_without_events"),
        ({"events": [EVENT], "attributes": {"shoe": 44}}, "customers.0.attributes.shoe", "unknown_attribute"),
        ({"events": [EVENT], "attributes": {"age": "7"}}, "customers.0.attributes.age", "unknown_level"),
        ({"events": [EVENT], "attributes": {"age": True}}, "customers.0.attributes.age", "attribute_type"),
        ({"events": [{**EVENT, "type": "purchas"}]}, "customers.0.events.0.type", "unregistered_type"),
        (
            {"events": [{**EVENT, "occurred_at": "2030-01-01T00:00:00Z"}]},
            "customers.0.events.0.occurred_at",
            "after_the_clock",
        ),
        ({"events": [{**EVENT, "currency": "USD"}]}, "customers.0.events.0.currency", "other_currency"),
        ({"events": {}}, "customers.0.events", "list_type"),
        ({"customer_id": 1}, "customers.0.customer_id", "string_type"),
        ("c1", "customers.0", "model_attributes_type"),
    ],
)
def test_what_cannot_be_predicted_from_is_named(
    api: httpx.Client, customer: Any, field: str, code: str
) -> None:
    response = api.post("/v1/predict", json={"customers": [customer]})
    assert response.status_code == 422
    assert [(one["field"], one["code"]) for one in response.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("count", [0, 501])
def test_a_call_takes_1_to_500_customers(api: httpx.Client, count: int) -> None:
    response = api.post("/v1/predict", json={"customers": [{"customer_id": "c1"}] * count})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "customers"


def test_500_customers_are_answered_in_one_call(api: httpx.Client) -> None:
    assert len(ask(api, *({"customer_id": f"c{n % 90}"} for n in range(500)))) == 500
