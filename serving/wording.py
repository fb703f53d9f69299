"""Predictions put into words: what an answer says of one customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from models.release import Predictions, Release
from review.decisions import Standing
from serving.phrases import DECIDED, INACTIVE, NO_HISTORY, Reason, no_churn_model
from serving.promises import Promise, Promises
from tags.taxonomy import Taxonomy

Answer = dict[str, Any]
Decisions = Mapping[str, Standing]


@dataclass(frozen=True, eq=False)
class Said:
    """What the models say of some rows, and which of them are of active customers."""

    predictions: Predictions
    is_active: list[bool]


@dataclass(frozen=True, eq=False)
class Wording:
    """A release's names, levels and promises, looked up once for all answers."""

    release: Release
    taxonomy: Taxonomy
    promises: Promises

    @cached_property
    def about(self) -> Answer:
        """Which models an answer was made from."""
        facts = self.release.facts
        return {
            "release_id": self.release.release_id,
            "taxonomy_version": facts.taxonomy_version,
            "models": {
                part: {"name": origin.name, "version": origin.version, "run_id": origin.run_id}
                for part, origin in facts.origins.items()
            },
        }

    def answer(
        self,
        customer_id: str | None,
        said: Said,
        place: int | None,
        decisions: Decisions,
        now: datetime,
        *,
        is_known: bool,
    ) -> Answer:
        """The answer for one customer, whose row is at the place; without a row there was nothing to predict from."""
        churn, reason = self._churn(said, place)
        tags, rejected = self._tags(said, place, decisions, self.promises.at(now))
        return {
            "customer_id": customer_id,
            "status": "ok" if place is not None else "no_history" if is_known else "unknown_customer",
            "tags": tags,
            "rejected": rejected,
            "churn": churn,
            "no_churn_because": self._reasons[reason.code] if reason else None,
            "segment": self._segment(said, place),
        }

    @cached_property
    def _reasons(self) -> dict[str, Answer]:
        return {
            reason.code: reason.as_json() for reason in (INACTIVE, NO_HISTORY, DECIDED, self._no_churn_model)
        }

    @cached_property
    def _no_churn_model(self) -> Reason:
        return no_churn_model(self.release.facts)

    @cached_property
    def _floors(self) -> list[tuple[str, float]]:
        return [(entry.key, entry.floor) for entry in self.release.facts.tags]

    @cached_property
    def _names(self) -> dict[str, Answer]:
        """By tag; the release's own name of a tag before the taxonomy's, which may be newer."""
        names = {tag.key: {"en": tag.name.en, "zh": tag.name.zh} for tag in self.taxonomy.tags}
        return names | {tag.key: {"en": tag.names.en, "zh": tag.names.zh} for tag in self.release.facts.tags}

    @cached_property
    def _levels(self) -> list[tuple[float, Answer]]:
        """Churn risk levels from the highest down, with where they begin."""
        levels = sorted(self.release.facts.risk_levels, key=lambda level: -level.at_least)
        return [
            (level.at_least, {"key": level.key, "names": {"en": level.names.en, "zh": level.names.zh}})
            for level in levels
        ]

    @cached_property
    def _segments(self) -> list[Answer]:
        return [
            {"key": entry.key, "names": {"en": entry.names.en, "zh": entry.names.zh}}
            for entry in self.release.facts.segments
        ]

    def _tags(
        self, said: Said, place: int | None, decisions: Decisions, promises: Sequence[Promise]
    ) -> tuple[list[Answer], list[Answer]]:
        """Suggestions above their floors with accepted tags, and rejected tags; most confident first."""
        shown: list[tuple[str, float | None, Promise | None]] = []
        predicted = said.predictions.interest
        if place is not None and predicted is not None:
            values: list[float] = predicted[place].tolist()
            shown = [
                (key, value, promise)
                for (key, floor), value, promise in zip(self._floors, values, promises, strict=True)
                if value >= floor or key in decisions
            ]
        if decisions:
            there = {key for key, _, _ in shown}
            shown += [(key, None, None) for key in decisions if key not in there]
        # What a person said of a tag without a model has no confidence; it comes first: people come first.
        shown.sort(key=lambda tag: -1.0 if tag[1] is None else -tag[1])
        if not decisions:
            return [self._suggested(*tag) for tag in shown], []
        entries = [
            self._decided(key, value, decisions[key])
            if key in decisions
            else self._suggested(key, value, promise)
            for key, value, promise in shown
        ]
        is_rejected = [key in decisions and not decisions[key].accepted for key, _, _ in shown]
        return (
            [entry for entry, out in zip(entries, is_rejected, strict=True) if not out],
            [entry for entry, out in zip(entries, is_rejected, strict=True) if out],
        )

    def _suggested(self, key: str, confidence: float | None, promise: Promise | None) -> Answer:
        """A tag of which nobody but the model says anything."""
        assert confidence is not None  # noqa: S101 (nothing else is without a decision)
        assert promise is not None  # noqa: S101 (as above)
        return {
            "key": key,
            "names": self._names[key],
            "confidence": confidence,
            "decision": promise.decide(confidence),
            "guarantee": promise.guarantee,
            "no_guarantee": promise.no_guarantee,
            "decided": None,
        }

    def _decided(self, key: str, confidence: float | None, standing: Standing) -> Answer:
        """A tag that a person decided: what they said is done, whatever the model says."""
        return {
            "key": key,
            # A tag that was decided before it left the taxonomy has no name any more.
            "names": self._names.get(key) or {"en": key, "zh": key},
            "confidence": confidence,
            "decision": "apply" if standing.accepted else "withhold",
            "guarantee": None,
            "no_guarantee": self._reasons[DECIDED.code],
            "decided": _decided(standing),
        }

    def _churn(self, said: Said, place: int | None) -> tuple[Answer | None, Reason | None]:
        if place is None:
            return None, NO_HISTORY
        if said.predictions.churn is None:
            return None, self._no_churn_model
        if not said.is_active[place]:
            return None, INACTIVE
        probability = float(said.predictions.churn[place])
        risk = next(level for at_least, level in self._levels if at_least <= probability)
        return {"probability": probability, "risk": risk}, None

    def _segment(self, said: Said, place: int | None) -> Answer | None:
        segment, membership = said.predictions.segment, said.predictions.membership
        if place is None or segment is None or membership is None:
            return None
        number = int(segment[place])
        return {**self._segments[number], "membership": float(membership[place, number])}


def nothing_said() -> Said:
    """What is said where there is no row."""
    return Said(Predictions(), [])


def _decided(standing: Standing) -> Answer:
    return {
        "decision": "accept" if standing.accepted else "reject",
        "reviewer": standing.reviewer,
        "as_of": standing.as_of,
        "holds_until": standing.holds_until,
    }
