"""What new events give at once, what they make wait, and what they call off or end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from sqlalchemy import Connection

from core.ids import stable_key
from features.contract import Event
from features.histories import Floats, Ints, Mask
from tags.knowing import Gathered, said_to_triggers
from tags.profile.claims import Claim, Source
from tags.profile.resolve import Standing
from tags.triggers import due
from tags.triggers.conditions import Decided
from tags.triggers.events import categories_of, fields_of
from tags.triggers.giving import Giver
from tags.triggers.triggers import Triggers
from tags.triggers.waiting import Kinds, Wait, going_on, newest
from tags.workings import Workings

LONGEST_DAYS = 3_650.0
"""A wait by a customer's own days that would last longer does not begin."""


@dataclass
class Follows:
    """What follows from events for the profiles."""

    claims: list[Claim] = field(default_factory=list)
    ended: list[tuple[str, str, Source]] = field(default_factory=list)


def arrive(
    connection: Connection, workings: Workings, events: Sequence[Event], gathered: Gathered
) -> Follows:
    """What follows from events that are new and stored already; the waits of their customers are brought up to date.

    Args:
        connection: Of the transaction that keeps the events.
        workings: The definitions.
        events: The new events, of any customers.
        gathered: Those customers with these events.
    """
    return _Arrival(connection, workings, events, gathered).follows()


class _Arrival:
    def __init__(
        self, connection: Connection, workings: Workings, events: Sequence[Event], gathered: Gathered
    ) -> None:
        self._connection = connection
        self._workings = workings
        self._triggers: Triggers = workings.triggers
        self._all = events
        self._gathered = gathered
        self._giver = Giver(workings.taxonomy, workings.zone, gathered.known.as_of)
        self._places = {name: place for place, name in enumerate(gathered.known.customer_ids)}
        self._events = [event for event in events if self._begins_something(event)]

    def follows(self) -> Follows:
        """What follows."""
        found = Follows()
        decided = self._decide()
        found.claims += self._given_at_once(decided)
        if self._triggers.waiting:
            found.claims += self._after_waiting(decided)
            found.ended += self._ended()
        return found

    def _begins_something(self, event: Event) -> bool:
        triggers = self._triggers
        return any(event.type in types for types in triggers.at_once.values()) or any(
            event.type in kinds.begin for kinds in triggers.waiting.values()
        )

    def _decide(self) -> Decided:
        """What the conditions say of the events that could begin something."""
        conditions, known = self._workings.conditions, self._gathered.known
        if not self._events or not conditions.asks:
            return Decided({}, {})
        categories = categories_of(self._connection, self._events) if conditions.reads_category else None
        of_events = replace(
            known,
            said=said_to_triggers(self._gathered.standing, known.customer_ids, self._workings),
            before=self._rows_before() if conditions.needs_before else None,
            places=np.array([self._places[event.customer_id] for event in self._events], dtype=np.int64),
            events=fields_of(self._events, self._workings.zone, categories),
        )
        return conditions.decide(of_events)

    def _rows_before(self) -> Floats:
        """The customers' rows as they would be without the new events."""
        histories = self._gathered.histories
        new = [stable_key(event.event_id) for event in self._all]
        is_old = ~_among(histories.event_key, new)
        offsets = np.concatenate(([0], np.cumsum(is_old)))[histories.offsets]
        return self._workings.features.of_histories(
            histories.take(is_old, offsets), self._gathered.known.as_of
        )

    def _counting(self, tag: str, types: frozenset[str], decided: Decided) -> list[tuple[int, Event]]:
        """The events that give the tag or begin its wait, with their places, in the order in which they happened."""
        if tag not in self._workings.conditions.asked:
            return []
        holds = decided.holds.get(tag)
        found = [
            (place, event)
            for place, event in enumerate(self._events)
            if event.type in types and (holds is None or holds[place])
        ]
        return sorted(found, key=lambda one: (one[1].occurred_at, stable_key(one[1].event_id)))

    def _given_at_once(self, decided: Decided) -> list[Claim]:
        """One claim for each customer and tag: of several events the one that happened last gives it."""
        claims: dict[tuple[str, str], Claim] = {}
        for tag, types in self._triggers.at_once.items():
            for _, event in self._counting(tag, types, decided):
                claim = self._giver.at_once(tag, event)
                if claim is not None:
                    claims[event.customer_id, tag] = claim
        return list(claims.values())

    def _after_waiting(self, decided: Decided) -> list[Claim]:
        """Bring the waits up to date; the claims of those that were due before their event became known."""
        before = due.waits_of(self._connection, list(self._gathered.known.customer_ids))
        begun = [
            wait for tag, kinds in self._triggers.waiting.items() for wait in self._begun(tag, kinds, decided)
        ]
        waits = going_on(newest([*before, *begun]), self._triggers.waiting, self._gathered.histories)
        now = self._gathered.known.as_of
        due.replace(self._connection, before, [wait for wait in waits if wait.due_at > now])
        claims = [self._giver.after(wait) for wait in waits if wait.due_at <= now]
        return [claim for claim in claims if claim is not None]

    def _begun(self, tag: str, kinds: Kinds, decided: Decided) -> list[Wait]:
        version = self._workings.taxonomy.versions[tag]
        wait, days = self._triggers.trigger(tag).wait, decided.days.get(tag)
        found = []
        for place, event in self._counting(tag, kinds.begin, decided):
            lasts = wait if wait is not None else _lasts(days, place)
            if lasts is None or not self._workings.taxonomy[tag].is_open_to(event.customer_id):
                continue
            evidence = {
                "event_id": event.event_id,
                "event_type": event.type,
                "occurred_at": event.occurred_at.isoformat(),
            }
            due_at = event.occurred_at + lasts
            found.append(
                Wait(event.customer_id, tag, version, event.event_id, event.occurred_at, due_at, evidence)
            )
        return found

    def _ended(self) -> list[tuple[str, str, Source]]:
        """Tags that were given after a wait and whose customer has now done what would have called it off."""
        customers = {
            event.customer_id
            for event in self._all
            if any(event.type in kinds.unless for kinds in self._triggers.waiting.values())
        }
        return [
            (name, claim.tag, Source.TRIGGER)
            for name in self._places
            if name in customers
            for claim in self._gathered.standing.get(name, ())
            if self._is_called_off(name, claim)
        ]

    def _is_called_off(self, name: str, claim: Standing) -> bool:
        kinds = self._triggers.waiting.get(claim.tag)
        if kinds is None or claim.source != Source.TRIGGER:
            return False
        histories, place = self._gathered.histories, self._places[name]
        return kinds.called_off_at(histories, place, claim.as_of) is not None


def _among(keys: Ints, new: Sequence[int]) -> Mask:
    """Which of the keys are new ones, shape (n_keys,)."""
    if len(new) == 1:  # numpy's own way begins with twenty times the work
        found: Mask = keys == new[0]
        return found
    return np.isin(keys, np.array(new, dtype=np.int64))


def _lasts(days: Floats | None, place: int) -> timedelta | None:
    """A wait of so many days; None where that is unknown, negative, or longer than anything is planned."""
    if days is None or not 0 <= days[place] <= LONGEST_DAYS:
        return None
    return timedelta(days=float(days[place]))
