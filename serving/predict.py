"""Predictions for customers: features, models and decisions put together into one answer each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from core.clock import Clock
from core.errors import FieldError, InvalidInputError
from core.storage import Store
from features.contract import EventTypes
from features.histories import Floats
from features.intake import check
from features.records import to_histories
from features.shop import read_event_types
from features.stored_histories import known_customers
from models.release import Predictions
from models.release_manifest import ReleaseFacts
from review.decisions import Standing, decided
from serving.asked import Asked, encode_given
from serving.phrases import INACTIVE, NO_HISTORY, Reason, no_churn_model
from serving.snapshot import Snapshot

ACTIVE_COLUMN = "baskets_56d"  # churn is asked of customers with an order in the last 56 days

Answer = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """What the store knows of some customers as of an instant; `rows` belong to `found`, in order."""

    found: list[str]
    rows: Floats
    without_events: set[str]
    decisions: Mapping[str, Mapping[str, Standing]]


def predict(store: Store, clock: Clock, snapshot: Snapshot, asked: Sequence[Asked]) -> Answer:
    """The answer to one call: one entry a customer, in the order of the call.

    Raises:
        InvalidInputError: A given event or attribute breaks the contract.
    """
    now = clock.now()
    names = list(dict.fromkeys(one.customer_id for one in asked if one.is_stored and one.customer_id))
    given = [one for one in asked if not one.is_stored]
    with store.read() as connection:
        stored = read_stored(connection, snapshot, names, now)
        _check_given(connection, given, now)
    rows = np.concatenate([stored.rows, _given_rows(snapshot, given, now)]) if given else stored.rows
    answers = _Answers(snapshot, rows, stored, now)
    place_of = {name: place for place, name in enumerate(stored.found)}
    place_of_given = {one.place: len(stored.found) + number for number, one in enumerate(given)}
    return {
        **about(snapshot, now),
        "customers": [
            answers.of_stored(one.customer_id or "", place_of.get(one.customer_id or ""))
            if one.is_stored
            else answers.of_given(one, place_of_given[one.place])
            for one in asked
        ],
    }


def read_stored(connection: Connection, snapshot: Snapshot, names: Sequence[str], now: datetime) -> Stored:
    """What is known of the customers, live events included."""
    found, rows = snapshot.features.of_stored(connection, names, now)
    missing = set(names).difference(found)
    known = known_customers(connection, list(missing)) if missing else set()
    decisions = decided(connection, names, now) if names else {}
    return Stored(found, rows, known, decisions)


def answer_one(snapshot: Snapshot, customer_id: str, stored: Stored, now: datetime) -> Answer:
    """The answer for one stored customer."""
    return _Answers(snapshot, stored.rows, stored, now).of_stored(customer_id, 0 if stored.found else None)


def about(snapshot: Snapshot, now: datetime) -> Answer:
    """What an answer was made from."""
    facts = snapshot.release.facts
    return {
        "as_of": now,
        "release_id": snapshot.release.release_id,
        "taxonomy_version": facts.taxonomy_version,
        "models": {
            part: {"name": origin.name, "version": origin.version, "run_id": origin.run_id}
            for part, origin in facts.origins.items()
        },
    }


def _check_given(connection: Connection, given: Sequence[Asked], now: datetime) -> None:
    types = read_event_types(connection) if given else EventTypes()
    wrong = [problem for one in given for problem in _problems(one, types, now)]
    if wrong:
        raise InvalidInputError(
            "{count} of the given events cannot be used", count=len(wrong), fields=tuple(wrong)
        )


def _problems(one: Asked, types: EventTypes, now: datetime) -> list[FieldError]:
    try:
        check(one.events or (), types, now=now)
    except InvalidInputError as error:
        return [replace(found, field=f"customers.{one.place}.{found.field}") for found in error.fields]
    return []


def _given_rows(snapshot: Snapshot, given: Sequence[Asked], now: datetime) -> Floats:
    facts = encode_given(given, snapshot.spec)
    histories = to_histories({one.history_name: one.events or () for one in given}, facts)
    return snapshot.features.of_histories(histories, now)


class _Answers:
    """The predictions of one call, read out customer by customer."""

    def __init__(self, snapshot: Snapshot, rows: Floats, stored: Stored, now: datetime) -> None:
        self.snapshot = snapshot
        self.facts: ReleaseFacts = snapshot.release.facts
        self.stored = stored
        self.now = now
        self.said: Predictions = snapshot.predict(rows) if len(rows) else Predictions()
        self.is_active = rows[:, snapshot.column_places[ACTIVE_COLUMN]] > 0

    def of_stored(self, customer_id: str, place: int | None) -> Answer:
        decisions = self.stored.decisions.get(customer_id, {})
        if place is not None:
            return self._answer(customer_id, "ok", place, decisions)
        known = customer_id in self.stored.without_events or bool(decisions)
        return self._answer(customer_id, "no_history" if known else "unknown_customer", None, decisions)

    def of_given(self, one: Asked, place: int) -> Answer:
        has_history = bool(one.events)
        return self._answer(
            one.customer_id, "ok" if has_history else "no_history", place if has_history else None, {}
        )

    def _answer(
        self, customer_id: str | None, status: str, place: int | None, decisions: Mapping[str, Standing]
    ) -> Answer:
        churn, reason = self._churn(place)
        tags, rejected = self._tags(place, decisions)
        return {
            "customer_id": customer_id,
            "status": status,
            "tags": tags,
            "rejected": rejected,
            "churn": churn,
            "no_churn_because": reason.as_json() if reason else None,
            "segment": self._segment(place),
        }

    def _tags(
        self, place: int | None, decisions: Mapping[str, Standing]
    ) -> tuple[list[Answer], list[Answer]]:
        """Suggestions above their floors with accepted tags, and rejected tags; most confident first."""
        confidence = self._confidence(place)
        floors = {entry.key: entry.floor for entry in self.facts.tags}
        shown = [key for key, value in confidence.items() if value >= floors[key] or key in decisions]
        shown += [key for key in decisions if key not in confidence]
        # What a person said of a tag without a model has no confidence; it comes first: people come first.
        shown.sort(key=lambda key: -confidence.get(key, 1.0))
        entries = [self._tag(key, confidence.get(key), decisions.get(key)) for key in shown]
        rejected = [
            entry for entry in entries if entry["decided"] and entry["decided"]["decision"] == "reject"
        ]
        return [entry for entry in entries if entry not in rejected], rejected

    def _confidence(self, place: int | None) -> dict[str, float]:
        if place is None or self.said.interest is None:
            return {}
        values = self.said.interest[place].tolist()
        return {entry.key: value for entry, value in zip(self.facts.tags, values, strict=True)}

    def _tag(self, key: str, confidence: float | None, standing: Standing | None) -> Answer:
        return {
            "key": key,
            "names": self._names(key),
            "confidence": confidence,
            "decided": _decided(standing) if standing else None,
        }

    def _names(self, key: str) -> dict[str, str]:
        for entry in self.facts.tags:
            if entry.key == key:
                return {"en": entry.names.en, "zh": entry.names.zh}
        for tag in self.snapshot.taxonomy.tags:
            if tag.key == key:
                return {"en": tag.name.en, "zh": tag.name.zh}
        return {"en": key, "zh": key}  # decided before the tag left the taxonomy

    def _churn(self, place: int | None) -> tuple[Answer | None, Reason | None]:
        if place is None:
            return None, NO_HISTORY
        if self.said.churn is None:
            return None, no_churn_model(self.facts)
        if not self.is_active[place]:
            return None, INACTIVE
        probability = float(self.said.churn[place])
        level = self.snapshot.release.risk(probability)
        risk = {"key": level.key, "names": {"en": level.names.en, "zh": level.names.zh}}
        return {"probability": probability, "risk": risk}, None

    def _segment(self, place: int | None) -> Answer | None:
        if place is None or self.said.segment is None or self.said.membership is None:
            return None
        number = int(self.said.segment[place])
        entry = self.facts.segments[number]
        return {
            "key": entry.key,
            "names": {"en": entry.names.en, "zh": entry.names.zh},
            "membership": float(self.said.membership[place, number]),
        }


def _decided(standing: Standing) -> Answer:
    return {
        "decision": "accept" if standing.accepted else "reject",
        "reviewer": standing.reviewer,
        "as_of": standing.as_of,
        "holds_until": standing.holds_until,
    }
