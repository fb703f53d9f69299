"""Certificates of tags: which are made, what bad input ends in, and what the store keeps."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.settings import Settings
from core.storage import open_store
from models.calibration import Calibration
from models.evaluation import Holdout
from models.versions import ModelVersion
from tags.certificates import read_certificates
from tags.taxonomy import Tag, Taxonomy, parse_taxonomy
from tests.training.panels import calendar_of
from training.calibrate import Track
from training.certify import NOT_AUDITED, SHORT_HISTORY, Evidence, certify_models, certify_tags

UNTIL = datetime(2023, 11, 30, 16, tzinfo=UTC)
WORDS = {"en": "Coffee", "zh": "咖啡"}
CUSTOMERS = 1200


def taxonomy_of(*keys: str, **more: Any) -> Taxonomy:
    bought = {"type": "purchase", "categories": ["x"]}
    given = [{"key": key, "name": WORDS, "definition": WORDS, "outcome": bought, **more} for key in keys]
    reviewed = {"key": "gourmet", "name": WORDS, "definition": WORDS, "outcome": {"type": "reviewed"}}
    return parse_taxonomy({"tags": [*given, reviewed]})


def tag_of(key: str, **more: Any) -> Tag:
    return taxonomy_of(key, **more)[key]


def evidence_of(
    truth: "np.ndarray[Any, np.dtype[np.float64]]", *, cutoffs: int = 3, tag: str = "coffee"
) -> Evidence:
    """Customers of those true probabilities at several cutoffs, perfectly predicted."""
    dice = np.random.default_rng(2)
    index = pd.Index([f"c{place}" for place in range(len(truth))], name="customer_id")
    P = pd.DataFrame({tag: truth}, index=index)
    drawn = [
        pd.DataFrame({tag: (dice.random(len(truth)) < truth).astype(float)}, index=index)
        for _ in range(cutoffs)
    ]
    return Evidence(tuple(drawn), (P,) * cutoffs)


GOOD = np.random.default_rng(3).beta(1.2, 1.0, CUSTOMERS)


def test_tag_that_is_predicted_well_is_certified_at_its_own_target_and_confidence() -> None:
    found = certify_tags(evidence_of(GOOD), [tag_of("coffee")])["coffee"]
    strict = certify_tags(evidence_of(GOOD), [tag_of("coffee", target_precision=0.9, confidence=0.95)])[
        "coffee"
    ]
    assert found.threshold is not None
    assert strict.threshold is not None
    assert (found.target, found.confidence, strict.target, strict.confidence) == (0.8, 0.9, 0.9, 0.95)
    assert strict.threshold > found.threshold


@pytest.mark.parametrize("cutoffs", [0, 1])
def test_labels_of_a_single_day_are_a_short_history(cutoffs: int) -> None:
    found = certify_tags(evidence_of(GOOD, cutoffs=cutoffs), [tag_of("coffee")])["coffee"]
    assert (found.threshold, found.reason) == (None, SHORT_HISTORY)


def test_labels_that_are_known_at_one_of_three_cutoffs_are_a_short_history() -> None:
    whole = evidence_of(GOOD)
    unknown = tuple(labels if place == 1 else labels * np.nan for place, labels in enumerate(whole.labels))
    found = certify_tags(Evidence(unknown, whole.probabilities), [tag_of("coffee")])["coffee"]
    assert (found.threshold, found.reason) == (None, SHORT_HISTORY)


def test_tag_with_three_positives_is_not_certified_and_the_others_are() -> None:
    rare, good = evidence_of(np.zeros(CUSTOMERS), tag="rare"), evidence_of(GOOD)
    for labels in rare.labels[:1]:
        labels.iloc[:3] = 1.0
    both = Evidence(
        *(
            tuple(map(_beside, pair[0], pair[1]))
            for pair in ((good.labels, rare.labels), (good.probabilities, rare.probabilities))
        )
    )
    found = certify_tags(both, [tag_of("coffee"), tag_of("rare")])
    assert found["rare"].reason == "too_few_positives"
    assert found["coffee"].threshold is not None


def _beside(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([first, second], axis=1)


def test_tag_that_everybody_has_is_promised_of_everybody() -> None:
    found = certify_tags(evidence_of(np.linspace(0.98, 1.0, CUSTOMERS)), [tag_of("coffee")])["coffee"]
    assert found.coverage > 0.99


def test_one_household_certifies_nothing() -> None:
    found = certify_tags(evidence_of(np.ones(1)), [tag_of("coffee")])["coffee"]
    assert found.threshold is None
    assert found.reason == "too_few_positives"


def test_model_that_says_the_same_of_everybody_is_certified_for_nobody() -> None:
    """As one would that reads constant or missing features alone."""
    found = certify_tags(evidence_of(np.full(CUSTOMERS, 0.4)), [tag_of("coffee")])["coffee"]
    assert (found.threshold, found.reason) == (None, "target_out_of_reach")


class Said:
    """A fitted model of which only the tags and the calibration are looked at."""

    def __init__(self, tags: list[str], calibration: Calibration | None = None) -> None:
        self.tags_ = tags
        self.calibration_ = calibration

    def predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(0.5, index=X.index, columns=self.tags_)


def track_of(evidence: Evidence) -> Track:
    calendar = calendar_of()
    cutoffs = [datetime(2023, month, 1, tzinfo=calendar.zone) for month in (8, 9, 10)]
    holdouts = {
        cutoff: Holdout(str(cutoff.date()), labels, {"logistic": P})
        for cutoff, labels, P in zip(cutoffs, evidence.labels, evidence.probabilities, strict=True)
    }
    return Track(calendar, "logistic", holdouts)


def test_scores_are_put_right_as_the_model_that_serves_is() -> None:
    line = Calibration(np.array([1.0]), np.array([-1.0]))
    estimators = {"interest": Said(["coffee"], line)}
    promises = certify_models(estimators, taxonomy_of("coffee"), track_of(evidence_of(GOOD)), UNTIL)
    np.testing.assert_array_equal(promises.evidence.probabilities[0].to_numpy(), line.apply(GOOD[:, None]))


def test_tag_that_left_the_taxonomy_is_left_out_with_its_calibration() -> None:
    line = Calibration(np.array([9.0, 1.0]), np.array([9.0, 0.0]))
    estimators = {"interest": Said(["gone", "coffee"], line)}
    promises = certify_models(estimators, taxonomy_of("coffee"), track_of(evidence_of(GOOD)), UNTIL)
    assert list(promises.found["interest"]) == ["coffee"]
    np.testing.assert_allclose(promises.evidence.probabilities[0]["coffee"], GOOD, rtol=1e-6)


def test_certificates_are_kept_for_their_versions_and_reviewed_tags_wait_for_an_audit(tmp_path: Path) -> None:
    estimators = {"interest": Said(["coffee"]), "reviewed": Said(["gourmet"])}
    promises = certify_models(estimators, taxonomy_of("coffee"), track_of(evidence_of(GOOD)), UNTIL)
    settings = Settings(home=tmp_path, timezone="Asia/Shanghai", certificate_days=45)
    store = open_store(settings)
    versions = {
        part: ModelVersion(part, number, "run") for part, number in (("interest", 3), ("reviewed", 2))
    }
    customers = pd.DataFrame(index=[f"c{place}" for place in range(30)])
    kept = promises.keep(store, settings, versions, estimators, customers)
    with store.read() as connection:
        found = read_certificates(connection, ["interest/3", "reviewed/2"])
    store.close()
    assert found == {one.tag: one for one in kept}
    assert (found["coffee"].why_not(UNTIL), found["gourmet"].why_not(UNTIL)) == (None, NOT_AUDITED)
    assert (found["coffee"].expires_at - UNTIL).days == 45
