"""Decisions and guarantees as callers get them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from core.storage import open_store
from serving.api.schemas.catalogue import GuaranteeAnswer, TagsAnswer
from serving.api.schemas.customers import CustomerAnswer
from serving.api.schemas.predict import PredictAnswer
from tags.certificates import suspend


def ask(api: httpx.Client, *names: str) -> list[Any]:
    response = api.post("/v1/predict", json={"customers": [{"customer_id": name} for name in names]})
    return PredictAnswer.model_validate_json(response.content).customers


def test_every_suggestion_has_a_decision_and_a_guarantee_or_the_reason_why_not(api: httpx.Client) -> None:
    decided = set()
    for customer in ask(api, *(f"c{n}" for n in range(90))):
        for tag in customer.tags:
            assert (tag.guarantee is None) != (tag.no_guarantee is None)
            if (
                tag.confidence is None or tag.decided is not None
            ):  # other tests of this server let a person say so
                continue
            expected = "apply" if tag.confidence >= 0.7 and tag.key == "coffee" else "review"
            assert tag.decision == (expected if tag.confidence >= 0.4 else "withhold")
            decided.add((tag.key, tag.decision))
    assert {("coffee", "apply"), ("tea", "review")} <= decided
    assert ("tea", "apply") not in decided


def test_a_guarantee_says_what_is_promised_and_until_when(api: httpx.Client) -> None:
    (customer,) = ask(api, "c31")
    (coffee,) = (tag for tag in customer.tags if tag.key == "coffee")
    assert coffee.guarantee is not None
    said = coffee.guarantee.model_dump(mode="json")
    assert said == {
        "target": 0.8,
        "confidence": 0.9,
        "threshold": 0.7,
        "n": 120,
        "customers": 80,
        "precision_low": 0.83,
        "certified_on": "2017-12-31T16:00:00Z",
        "expires_at": "2018-03-01T16:00:00Z",
    }


def test_what_a_person_decided_is_done_whatever_the_model_says(start: Callable[..., Any]) -> None:
    server = start()
    with server.client() as api:
        for name, decision in (("c1", "reject"), ("c2", "accept")):
            body = {"decision_id": f"d-{name}", "customer_id": name, "tag": "coffee", "decision": decision}
            assert api.post("/v1/feedback", json={**body, "reviewer": "lin"}).is_success
        rejected, accepted = ask(api, "c1", "c2")
    assert [(tag.key, tag.decision) for tag in rejected.rejected] == [("coffee", "withhold")]
    (coffee,) = (tag for tag in accepted.tags if tag.key == "coffee")
    assert (coffee.decision, coffee.guarantee) == ("apply", None)
    assert coffee.no_guarantee is not None
    assert coffee.no_guarantee.code == "decided"


def test_a_profile_tells_the_same_as_a_prediction(api: httpx.Client) -> None:
    profile = CustomerAnswer.model_validate_json(api.get("/v1/customers/c31").content)
    assert profile.tags == ask(api, "c31")[0].tags


def test_tags_are_listed_with_what_is_promised_of_them(api: httpx.Client) -> None:
    found = {tag.key: tag for tag in TagsAnswer.model_validate_json(api.get("/v1/tags").content).tags}
    assert found["coffee"].guarantee is not None
    codes = {key: one.no_guarantee.code for key, one in found.items() if one.no_guarantee}
    assert codes == {"tea": "too_few_labels", "gourmet": "not_predicted"}


def test_one_tag_tells_how_many_more_labels_would_certify_it_and_on_what_that_rests(
    api: httpx.Client,
) -> None:
    found = GuaranteeAnswer.model_validate_json(api.get("/v1/tags/tea/guarantee").content)
    assert (found.guarantee, found.confidence, found.target_precision) == (None, 0.9, 0.8)
    assert found.evidence is not None
    assert (found.evidence.more_labels, found.evidence.n, found.evidence.precision) == (70, 120, 0.875)
    assert found.evidence.assumption is not None
    assert "88% of them come true" in found.evidence.assumption.en
    certified = GuaranteeAnswer.model_validate_json(api.get("/v1/tags/coffee/guarantee").content)
    assert certified.evidence is not None
    assert (certified.evidence.more_labels, certified.evidence.assumption) == (0, None)


@pytest.mark.parametrize(("key", "status"), [("whisky", 404), ("%20", 422)])
def test_a_tag_that_does_not_exist_promises_nothing(api: httpx.Client, key: str, status: int) -> None:
    assert api.get(f"/v1/tags/{key}/guarantee").status_code == status


def test_a_suspended_certificate_is_applied_no_more_within_seconds(
    start: Callable[..., Any], until: Callable[..., None]
) -> None:
    """Also for a customer whose answer was kept."""
    server = start()
    store = open_store(server.home.settings)
    with server.client() as api:

        def decision() -> str:
            (customer,) = ask(api, "c1")
            return next(str(tag.decision) for tag in customer.tags if tag.key == "coffee")

        assert [decision(), decision()] == ["apply", "apply"]
        with store.write() as connection:
            assert suspend(
                connection, "coffee", "interest/1", "drift", at=server.home.settings.make_clock().now()
            )
        until(lambda: decision() == "review")
        (customer,) = ask(api, "c1")
        assert {tag.no_guarantee.code for tag in customer.tags if tag.key == "coffee"} == {"drift"}
    store.close()
