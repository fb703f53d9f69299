"""Certificates of the tags: made when a model is trained, and again of the version that serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core.clock import add_days
from core.settings import Settings
from core.storage import Store
from models.calibration import Calibration
from models.certification import Certification, certify, drift_of
from models.evaluation import Holdout
from models.versions import ModelVersion
from review.band import review_from
from tags.certificates import Certificate, model_name, record
from tags.definition import DECISION_DAYS
from tags.taxonomy import Tag, Taxonomy
from training.audit_evidence import AuditEvidence
from training.calibrate import LEAST_CUTOFFS, Track

SHORT_HISTORY = "short_history"
"""Fewer cutoffs with known outcomes than certify: one month says nothing of how the next may differ."""

NOT_AUDITED = "not_audited"
"""A tag that only reviewers know is certified from a random audit of them, and none was held."""

LEAST_ABOVE = 0.1
"""Drift is looked for above the target less this."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Calibrated time-forward probabilities with what turned out, of the latest cutoffs.

    Attributes:
        labels: `(n, n_tags)` a cutoff, NaN for unknown; the index holds customer ids.
        probabilities: Of the same shape.
    """

    labels: tuple[pd.DataFrame, ...]
    probabilities: tuple[pd.DataFrame, ...]

    @classmethod
    def of(cls, holdouts: Sequence[Holdout], kind: str, calibration: Calibration | None) -> "Evidence":
        """What a kind of model said at those cutoffs, put right as the model that serves is.

        The calibration is of the scores' columns, in their order.
        """
        scores = [one.scores[kind] for one in holdouts]
        values = [frame.to_numpy(dtype=np.float64) for frame in scores]
        right = [calibration.apply(one) if calibration else one for one in values]
        frames = tuple(
            pd.DataFrame(one, index=frame.index, columns=frame.columns)
            for one, frame in zip(right, scores, strict=True)
        )
        return cls(tuple(one.labels for one in holdouts), frames)


def certify_tags(evidence: Evidence, tags: Sequence[Tag]) -> dict[str, Certification]:
    """What can be promised of each tag, from the same evidence.

    A tag whose labels are known at one cutoff alone is not certified, see `SHORT_HISTORY`.
    """
    return {tag.key: _certify(evidence, tag) for tag in tags}


@dataclass(frozen=True, eq=False)
class Promises:
    """What can be promised of each tag, by the part that predicts it, and from what that is known.

    Attributes:
        until: What was known then was used.
        evidence: Of the tags whose outcome the events tell.
        tags: By part.
        found: By part and tag.
    """

    until: datetime
    evidence: Evidence
    tags: Mapping[str, Sequence[Tag]]
    found: Mapping[str, Mapping[str, Certification]]

    def band(self, estimators: Mapping[str, Any], customers: pd.DataFrame, reviews_per_day: float) -> float:
        """The least probability that goes to a person, so that they are asked for no more reviews a day.

        `customers` are feature rows of the active ones, for each of whom every tag is suggested.
        """
        tags = [tag for part in self.found for tag in self.tags[part]]
        if not tags or customers.empty:
            return 0.0
        scores = [
            estimators[part].predict_proba(customers)[list(of_part)] for part, of_part in self.found.items()
        ]
        thresholds = [one.threshold for of_part in self.found.values() for one in of_part.values()]
        return review_from(
            np.concatenate([frame.to_numpy(dtype=np.float64) for frame in scores], axis=1),
            np.array([np.inf if threshold is None else threshold for threshold in thresholds]),
            np.array([tag.floor for tag in tags]),
            np.array([float(tag.decision_days or DECISION_DAYS) for tag in tags]),
            reviews_per_day=reviews_per_day,
        )

    def keep(
        self,
        store: Store,
        settings: Settings,
        versions: Mapping[str, ModelVersion],
        estimators: Mapping[str, Any],
        customers: pd.DataFrame,
    ) -> tuple[Certificate, ...]:
        """The certificates of those versions, now in the store; they begin at the instant until which all was known.

        `customers` are feature rows of the active ones.
        """
        band = self.band(estimators, customers, settings.reviews_per_day)
        expires = add_days(self.until, settings.certified_days, settings.zone)
        kept = tuple(
            _certificate(tag, one, model_name(part, versions[part].version), band, self.until, expires)
            for part, of_part in self.found.items()
            for tag, one in of_part.items()
        )
        with store.write() as connection:
            record(connection, kept)
        return kept


def certify_models(
    estimators: Mapping[str, Any],
    taxonomy: Taxonomy,
    track: Track | None,
    until: datetime,
    audit: AuditEvidence | None = None,
) -> Promises:
    """What can be promised of every tag that the estimators predict, from what was known at an instant.

    Tags that are not in the taxonomy any more are left out.

    `track` are the forward scores of the interest model's kind, which its calibration puts right; `audit` is what the
    random audit says of the tags that only reviewers know: nothing else certifies these.
    """
    known = {tag.key: tag for tag in taxonomy.in_use}
    tags = {
        part: [known[key] for key in estimators[part].tags_ if key in known]
        for part in ("interest", "reviewed")
        if part in estimators
    }
    evidence = Evidence((), ())
    if track is not None and "interest" in estimators:
        model, holdouts = estimators["interest"], track.known_at(until)
        calibration = model.calibration_
        if calibration is not None and holdouts:
            columns = [list(model.tags_).index(tag) for tag in holdouts[0].labels.columns]
            calibration = calibration.of_labels(columns)
        evidence = Evidence.of(holdouts, track.kind, calibration)
    found = {
        part: certify_audited(audit, those) if part == "reviewed" else certify_tags(evidence, those)
        for part, those in tags.items()
    }
    return Promises(until, evidence, tags, found)


def certify_audited(audit: AuditEvidence | None, tags: Sequence[Tag]) -> dict[str, Certification]:
    """What can be promised of tags that only reviewers know: what the random audit bears out."""
    return {tag.key: _certify_audited(audit, tag) for tag in tags}


def _certify_audited(audit: AuditEvidence | None, tag: Tag) -> Certification:
    rows = None if audit is None else audit.of(tag.key)
    if rows is None or rows.empty:
        return _nothing(tag, NOT_AUDITED)
    return certify(
        rows["probability"].to_numpy(dtype=np.float64),
        rows["truth"].to_numpy(dtype=np.float64),
        rows["customer_id"].to_numpy(dtype=str),
        target=tag.target_precision,
        confidence=tag.confidence,
        weight=1.0 / rows["chance"].to_numpy(dtype=np.float64),
    )


def _certify(evidence: Evidence, tag: Tag) -> Certification:
    told = [bool(labels[tag.key].notna().any()) for labels in evidence.labels]
    if sum(told) < LEAST_CUTOFFS:
        return _nothing(tag, SHORT_HISTORY)
    drift = drift_of(
        [frame.to_numpy(dtype=np.float64) for frame in evidence.probabilities],
        [frame.to_numpy(dtype=np.float64) for frame in evidence.labels],
        at_least=tag.target_precision - LEAST_ABOVE,
    )
    return certify(
        np.concatenate([frame[tag.key].to_numpy(dtype=np.float64) for frame in evidence.probabilities]),
        np.concatenate([frame[tag.key].to_numpy(dtype=np.float64) for frame in evidence.labels]),
        np.concatenate([frame.index.to_numpy(dtype=str) for frame in evidence.labels]),
        target=tag.target_precision,
        confidence=tag.confidence,
        drift=drift,
    )


def _nothing(tag: Tag, reason: str) -> Certification:
    return Certification(tag.target_precision, tag.confidence, drift=0.0, reason=reason)


def _certificate(
    tag: str, found: Certification, model: str, band: float, on: datetime, expires: datetime
) -> Certificate:
    return Certificate(
        tag=tag,
        model=model,
        certified_on=on,
        expires_at=expires,
        target=found.target,
        confidence=found.confidence,
        drift=found.drift,
        threshold=found.threshold,
        reason=found.reason,
        n=found.n,
        customers=found.customers,
        correct=found.correct,
        precision_low=found.precision_low,
        coverage=found.coverage,
        more_labels=found.more_labels,
        review_from=band,
    )
