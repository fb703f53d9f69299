"""Previews of rules over HTTP."""

import json
import re
from typing import Any

import httpx
import pytest

from serving.api.schemas.rules import PreviewAnswer
from tests.serving.conftest import CUSTOMERS, ROOT


def preview(api: httpx.Client, **asked: Any) -> PreviewAnswer:
    response = api.post("/v1/tags/preview", json=asked)
    assert response.status_code == 200, response.text
    return PreviewAnswer.model_validate_json(response.content)


def test_a_preview_counts_shows_examples_and_saves_nothing(api: httpx.Client) -> None:
    before = api.get("/v1/tags").json()["tags"]
    found = preview(api, when="spend_84d >= quantile(spend_84d, 0.5)")
    assert found.looked_at == found.customers > CUSTOMERS / 2
    assert found.matches == found.gains == found.carries
    assert found.matches >= found.looked_at / 2
    assert found.carries_now == found.loses == 0
    (threshold,) = found.thresholds.values()
    assert threshold is not None
    assert len(found.examples) == 10
    assert all(one.evidence["spend_84d"] >= round(threshold, 2) - 0.01 for one in found.examples)
    assert api.get("/v1/tags").json()["tags"] == before


def test_a_rule_true_of_everybody_or_nobody_is_warned_of_in_both_languages(api: httpx.Client) -> None:
    assert "true of everybody" in preview(api, when="true").warnings[0]
    response = api.post(
        "/v1/tags/preview", json={"when": "purchases_84d < 0"}, headers={"Accept-Language": "zh"}
    )
    assert "任何客户都不成立" in response.json()["warnings"][0]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"when": "spend_84 > 3"}, 422, "nearest: spend_84d"),
        ({"when": "spend_84d >"}, 422, "ends too early"),
        ({"when": "spend_84d"}, 422, "expected a truth"),
        ({"when": "spend_84d / 0 > 1"}, 422, "divides by zero"),
        ({}, 422, "give a rule"),
        ({"key": "coffee"}, 409, "has no rule of its own: give one"),
        ({"value": "attribute.age"}, 422, "give the condition as well"),
        ({"key": "cofee"}, 404, "there is no tag 'cofee'"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_to_write(
    api: httpx.Client, asked: dict[str, Any], status: int, said: str
) -> None:
    response = api.post("/v1/tags/preview", json=asked)
    assert response.status_code == status
    assert said in response.text


def test_the_call_that_the_page_shows_is_answered(api: httpx.Client) -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    (body,) = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert preview(api, **json.loads(body)).looked_at > 0
