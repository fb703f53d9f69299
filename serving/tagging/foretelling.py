"""What the models say of some customers, as claims, as values that rules read, and as rows to be asked for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from core.clock import add_days
from features.histories import Floats
from features.stored_customers import read_customers
from review.suggestions import Suggested
from serving.reviewing.suggesting import suggestions_of
from serving.snapshot import Snapshot
from serving.wording import Said
from tags.definition import Tag
from tags.profile.claims import NEVER, Claim, Source
from tags.rules.known import Predicted
from tags.taxonomy import Taxonomy

APPLY = "apply"
STEPS = 20
"""A claim's confidence is told in steps of a twentieth, rounded down: it is then made anew when it matters.

Written to the digit, nearly every claim would have to be written again each day, and say the same.
"""


@dataclass(frozen=True, eq=False)
class Foretold:
    """The models' word on customers who have events, in the order of `names`; `rows` are their features."""

    snapshot: Snapshot
    names: list[str]
    rows: Floats
    said: Said
    as_of: datetime

    def claims(self, taxonomy: Taxonomy) -> list[Claim]:
        """The tags that are applied without a person: those above a certified threshold."""
        predicted = self.said.predictions.interest
        if predicted is None:
            return []
        facts, promises = self.snapshot.release.facts, self.snapshot.wording.promises.at(self.as_of)
        found: list[Claim] = []
        for column, (entry, promise) in enumerate(zip(facts.tags, promises, strict=True)):
            tag = taxonomy.get(entry.key)
            if tag is None or not tag.is_current or tag.outcome is None:
                continue
            version, until = taxonomy.versions[entry.key], self._until(tag)
            found += [
                self._claim(name, tag.key, version, confidence, until)
                for name, confidence in zip(self.names, predicted[:, column].tolist(), strict=True)
                if confidence >= entry.floor and promise.decide(confidence) == APPLY and tag.is_open_to(name)
            ]
        return found

    def _until(self, tag: Tag) -> datetime:
        days = tag.lifetime_days
        return NEVER if days is None else add_days(self.as_of, days, self.snapshot.spec.zone)

    def _claim(self, name: str, tag: str, version: int, confidence: float, until: datetime) -> Claim:
        return Claim(
            claim_id=None,
            customer_id=name,
            tag=tag,
            tag_version=version,
            source=Source.MODEL,
            source_version=self.snapshot.release.release_id,
            carries=True,
            as_of=self.as_of,
            until=until,
            confidence=at_least(confidence),
            evidence={"probability": round(confidence, 4)},
        )

    def predicted(self, customer_ids: Sequence[str]) -> Predicted:
        """The same as rules read it, for customers of whom some have no events."""
        places = {name: place for place, name in enumerate(self.names)}
        wanted = np.array([places.get(name, -1) for name in customer_ids], dtype=np.intp)
        interest = self.said.predictions.interest
        facts = self.snapshot.release.facts
        probability = (
            {}
            if interest is None
            else {entry.key: _placed(interest[:, column], wanted) for column, entry in enumerate(facts.tags)}
        )
        segments = [self._segment(place) for place in range(len(self.names))]
        churn = np.array([np.nan if risk is None else risk for risk in self._churn()], dtype=np.float64)
        return Predicted(
            churn=_placed(churn, wanted),
            segment=[segments[place] if place >= 0 else None for place in wanted.tolist()],
            probability=probability,
        )

    def suggestions(self) -> list[Suggested]:
        """What reviewers can be asked about."""
        return suggestions_of(self.snapshot, self.names, self.rows, self.said, self.as_of)

    def prediction_rows(self) -> list[dict[str, Any]]:
        """Segment and churn risk as they are kept to be asked for."""
        return [
            {
                "customer_id": name,
                "segment": self._segment(place),
                "churn": risk,
                "release_id": self.snapshot.release.release_id,
                "as_of": self.as_of,
            }
            for place, (name, risk) in enumerate(zip(self.names, self._churn(), strict=True))
        ]

    def _churn(self) -> list[float | None]:
        risks = self.said.predictions.churn
        if risks is None:
            return [None] * len(self.names)
        return [
            risk if is_active else None
            for risk, is_active in zip(risks.tolist(), self.said.is_active, strict=True)
        ]

    def _segment(self, place: int) -> str | None:
        segment = self.said.predictions.segment
        return None if segment is None else self.snapshot.release.facts.segments[int(segment[place])].key


def foretell(
    connection: Connection, snapshot: Snapshot, customer_ids: Sequence[str], as_of: datetime
) -> Foretold:
    """What the models say of those of the customers who have events."""
    found = [one for one in read_customers(connection, customer_ids) if one.has_events]
    rows = snapshot.features.rows(snapshot.features.histories(found), as_of)
    return Foretold(snapshot, [one.customer_id for one in found], rows, snapshot.said_of(rows), as_of)


def at_least(confidence: float) -> float:
    """A confidence in the steps in which claims tell it, rounded down.

    >>> at_least(0.8734), at_least(0.9), at_least(1.0)
    (0.85, 0.9, 1.0)
    """
    return math.floor(confidence * STEPS + 1e-9) / STEPS


def _placed(values: Floats, places: "np.ndarray[Any, np.dtype[np.intp]]") -> Floats:
    """Values by place, unknown where there is none."""
    found = np.full(len(places), np.nan)
    found[places >= 0] = values[places[places >= 0]]
    return found
