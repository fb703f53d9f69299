"""Live events accepted into the store: all of a call or none, each event once.

An id stands for one event of the shop, for good: the same event sent again counts once, and another one under its
id is refused, whenever it comes and whoever's it is. What a file brought counts once as well, for its customer.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from core.errors import ConflictError, FieldError, InvalidInputError, TagloopError
from core.ids import stable_key
from core.language import Text
from core.storage import Store
from core.storage.bulk import insert_many, insert_missing
from features import counters
from features.contract import Event, EventTypes
from features.event_keys import claim, content_key
from features.mentions import mention
from features.packing import unpack_keys
from features.records import to_payload
from features.shop import read_event_types
from features.stored_histories import read_packed
from features.tables import Customer, RecentEvent

FEW_KEYS = 8
"""So many keys of a customer are looked for one by one: numpy's own way begins with twenty times the work."""

Consequence = Callable[[Connection, Sequence[Event]], None]
"""What follows from new events, in the transaction that keeps them; if it fails, nothing is kept."""


def _nothing_follows(_connection: Connection, _fresh: Sequence[Event]) -> None: ...


@dataclass(frozen=True)
class Receipt:
    """What became of a call: new events, and events that were there before."""

    accepted: int
    duplicates: int


def accept(
    store: Store, events: Sequence[Event], *, now: datetime, then: Consequence = _nothing_follows
) -> Receipt:
    """Keep the events; when this returns they are on disk and the next prediction counts them.

    `then` gets those that are new once they are stored, in the same transaction; it is not called for none.

    Raises:
        InvalidInputError: An event's type is not registered, or it lies after the clock; nothing was kept.
        ConflictError: An id was used before for a different event; nothing was kept.
    """
    return accept_together(store, [events], now=now, then=then)[0]


def accept_together(
    store: Store,
    calls: Sequence[Sequence[Event]],
    *,
    now: datetime,
    then: Consequence = _nothing_follows,
) -> list[Receipt]:
    """Keep the events of several calls in one transaction; what became of each call.

    Waiting for the disk takes longer than all the rest, and is shared. A call that would be refused alone has all of
    them refused, with places that count through all the calls: `accept` each alone then.
    """
    events = [event for call in calls for event in call]
    with store.write() as connection:
        check(events, read_event_types(connection), now=now)
        fresh = _fresh(connection, events)
        _keep(connection, fresh)
        if fresh:
            then(connection, fresh)
    new = {event.event_id for event in fresh}
    return [_receipt(call, new) for call in calls]


def _receipt(call: Sequence[Event], new: set[str]) -> Receipt:
    """What became of a call; an event that an earlier call had brought is no longer among the new ones."""
    own = new.intersection(event.event_id for event in call)
    new -= own
    return Receipt(accepted=len(own), duplicates=len(call) - len(own))


def check(events: Sequence[Event], types: EventTypes, *, now: datetime) -> None:
    """Raise for the events that break the contract, all of them named at once."""
    wrong = [problem for place, event in enumerate(events) if (problem := _problem(place, event, types, now))]
    if wrong:
        raise InvalidInputError(
            "{count} of the events cannot be accepted; nothing was stored",
            count=len(wrong),
            fields=tuple(wrong),
        )


def _problem(place: int, event: Event, types: EventTypes, now: datetime) -> FieldError | None:
    try:
        types.role(event.type)
    except InvalidInputError as error:
        return FieldError(f"events.{place}.type", error.text, "unregistered_type")
    if event.occurred_at > now:
        late = Text(
            "{at} lies after the clock, which says {now}; send events that have happened",
            {"at": event.occurred_at.isoformat(), "now": now.isoformat()},
        )
        return FieldError(f"events.{place}.occurred_at", late, "after_the_clock")
    return None


def each_once(events: Sequence[Event], where: str, error: type[TagloopError] = ConflictError) -> list[Event]:
    """The events without repetitions; an id that two different events of the call share is an `error`."""
    first: dict[str, Event] = {}
    wrong = []
    for place, event in enumerate(events):
        known = first.setdefault(event.event_id, event)
        # Comparing content only where an id comes twice: the first of each is the rule.
        if known is not event and content_key(known) != content_key(event):
            wrong.append(_other_content(f"{where}.{place}.event_id", event.event_id))
    if wrong:
        raise error("{count} ids were used for different events", count=len(wrong), fields=tuple(wrong))
    return list(first.values())


def _other_content(field: str, event_id: str) -> FieldError:
    text = Text(
        "{event_id} was used before for a different event; "
        "give each event its own id, and repeat an event unchanged",
        {"event_id": repr(event_id)},
    )
    return FieldError(field, text, "id_of_another_event")


def _fresh(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """The events that are new, each id once; from now on their ids stand for them."""
    by_key = {stable_key(event.event_id): event for event in each_once(events, "events")}
    fresh, wrong = claim(connection, {key: content_key(event) for key, event in by_key.items()})
    if wrong:
        fields = tuple(
            _other_content(f"events.{place}.event_id", event.event_id)
            for place, event in enumerate(events)
            if stable_key(event.event_id) in wrong
        )
        raise ConflictError("{count} ids were used for different events", count=len(fields), fields=fields)
    left = {key: event for key, event in by_key.items() if key in fresh}
    # What a file brought has no claim: its keys are in the customer's history.
    loaded = _loaded(connection, left)
    return [event for key, event in left.items() if key not in loaded]


def _loaded(connection: Connection, events: Mapping[int, Event]) -> set[int]:
    """Those of the keys that stand in the history of their event's customer."""
    by_customer: dict[str, list[int]] = defaultdict(list)
    for key, event in events.items():
        by_customer[event.customer_id].append(key)
    found: set[int] = set()
    for name, packed in read_packed(connection, sorted(by_customer)).items():
        known = unpack_keys(name, packed)
        keys = by_customer[name]
        is_known = np.isin(keys, known) if len(keys) > FEW_KEYS else [(known == key).any() for key in keys]
        found.update(key for key, there in zip(keys, is_known, strict=True) if there)
    return found


def _keep(connection: Connection, events: Sequence[Event]) -> None:
    if not events:
        return
    last = counters.advance(connection, "accepted", len(events))
    first = last - len(events) + 1
    rows = [(seq, e.event_id, e.customer_id, to_payload(e)) for seq, e in enumerate(events, first)]
    insert_many(connection, RecentEvent, ("seq", "event_id", "customer_id", "payload"), rows)
    first_seen = {event.customer_id: event.occurred_at for event in reversed(events)}
    insert_missing(connection, Customer, ("customer_id", "first_seen_at"), list(first_seen.items()))
    mention(
        connection,
        channels={event.channel for event in events if event.channel},
        item_ids={event.item_id for event in events if event.item_id},
    )
