"""What becomes of suggestions in a batch: the same as in an answer."""

from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest

from review.decisions import Standing
from serving.promises import promise_of
from tags.taxonomy import parse_taxonomy
from tests.certificates import COFFEE, DAY, ON
from training.decisions import decide

WORDS = {"en": "Coffee", "zh": "咖啡"}
OUTCOME = {"type": "purchase", "categories": ["x"]}
TAXONOMY = parse_taxonomy(
    {
        "tags": [
            {"key": key, "name": WORDS, "definition": WORDS, "outcome": OUTCOME, "floor": 0.2}
            for key in ("coffee", "tea", "wine")
        ]
    }
)
CERTIFICATES = {"coffee": COFFEE, "tea": replace(COFFEE, tag="tea", threshold=None, reason="too_few_labels")}
P = pd.DataFrame(
    {tag: [0.95, 0.72, 0.71, 0.4, 0.39, 0.1] for tag in ("coffee", "tea", "wine")},
    index=pd.Index([f"c{n}" for n in range(6)], name="customer_id"),
)


@pytest.mark.parametrize("at", [ON - DAY, ON, ON + 60 * DAY])
def test_batch_decides_as_an_answer_does(at: datetime) -> None:
    found = decide(P, CERTIFICATES, {}, TAXONOMY, at)
    for tag in P.columns:
        promise = promise_of(CERTIFICATES.get(tag), at, band=0.4)
        assert found[tag].tolist() == [promise.decide(p) for p in P[tag]]


def test_only_a_certificate_that_holds_applies_anything() -> None:
    found = decide(P, CERTIFICATES, {}, TAXONOMY, ON)
    assert found["coffee"].tolist() == ["apply", "apply", "review", "review", "withhold", "withhold"]
    for tag, at in (("tea", ON), ("wine", ON), ("coffee", ON + 60 * DAY)):
        assert "apply" not in set(decide(P, CERTIFICATES, {}, TAXONOMY, at)[tag])


def test_what_a_person_decided_comes_first() -> None:
    said = {"c0": False, "c5": True}
    people = {
        name: {
            "coffee": Standing("coffee", accepted, "lin", ON, ON, ON + DAY),
            "gone": Standing("gone", accepted, "lin", ON, ON, ON + DAY),
        }
        for name, accepted in said.items()
    }
    found = decide(P, CERTIFICATES, people, TAXONOMY, ON)
    assert found["coffee"].tolist() == ["withhold", "apply", "review", "review", "withhold", "apply"]
    assert found["tea"].tolist() == decide(P, CERTIFICATES, {}, TAXONOMY, ON)["tea"].tolist()


def test_suggestion_below_its_floor_is_withheld_whatever_the_band() -> None:
    wide = {"coffee": replace(COFFEE, threshold=None, reason="too_few_labels", review_from=0.0)}
    assert decide(P, wide, {}, TAXONOMY, ON)["coffee"].tolist()[-1] == "withhold"
    assert decide(P, wide, {}, TAXONOMY, ON)["coffee"].tolist()[-2] == "review"


def test_nobody_gets_an_empty_table() -> None:
    assert decide(P.head(0), CERTIFICATES, {}, TAXONOMY, ON).shape == (0, 3)
