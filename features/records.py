"""Single live events in the three forms that they take: stored JSON, an Arrow table, histories."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from core.clock import from_us, to_us
from core.ids import stable_key
from features.assemble import facts_of
from features.contract import EVENT_SCHEMA, MONEY_SCALE, Event
from features.histories import Histories

_INSTANTS = ("occurred_at", "received_at")
_MONEY = ("amount", "discount")
_FIELDS = tuple(field.name for field in fields(Event))


def to_payload(event: Event) -> dict[str, Any]:
    """The event as JSON values; nothing is lost."""
    values = {name: value for name in _FIELDS if (value := getattr(event, name)) is not None}
    for name in _INSTANTS:
        values[name] = to_us(values[name])
    for name in _MONEY:
        if name in values:
            values[name] = str(values[name])
    return values


def from_payload(payload: Mapping[str, Any]) -> Event:
    """The event that `to_payload` stored."""
    values = dict(payload)
    for name in _INSTANTS:
        values[name] = from_us(values[name])
    for name in _MONEY:
        if name in values:
            values[name] = Decimal(values[name])
    return Event(**values)


def to_table(events: Sequence[Event]) -> pa.Table:
    """The events as an Arrow table in the contract's schema."""
    columns = [
        pa.array([getattr(event, field.name) for event in events], field.type) for field in EVENT_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=EVENT_SCHEMA)


def history_order(event: Event) -> tuple[datetime, int]:
    """What histories are sorted by."""
    return event.occurred_at, stable_key(event.event_id)


def to_histories(
    events_of: Mapping[str, Sequence[Event]],
    facts: Mapping[str, Sequence[tuple[int, float, int]]] | None = None,
) -> Histories:
    """Histories of those customers, also of one without events; each customer's events may come in any order."""
    customer_ids = list(events_of)
    ordered = [sorted(events_of[name], key=history_order) for name in customer_ids]
    flat = [event for events in ordered for event in events]
    types, type_names = _codes([event.type for event in flat])
    channels, channel_names = _codes([event.channel for event in flat])
    return Histories(
        customer_ids=customer_ids,
        offsets=np.cumsum([0, *(len(events) for events in ordered)], dtype=np.int64),
        occurred_at_us=np.array([to_us(event.occurred_at) for event in flat], dtype=np.int64),
        received_at_us=np.array([to_us(event.received_at) for event in flat], dtype=np.int64),
        type=types,
        channel=channels,
        event_key=_keys(event.event_id for event in flat),
        order_key=_keys(event.order_id for event in flat),
        item_key=_keys(event.item_id for event in flat),
        location_key=_keys(event.location_id for event in flat),
        campaign_key=_keys(event.campaign_id for event in flat),
        amount=_floats(event.amount for event in flat),
        discount=_floats(event.discount for event in flat),
        rating=np.array([math.nan if e.rating is None else e.rating for e in flat], dtype=np.float64),
        type_names=type_names,
        channel_names=channel_names,
        facts=facts_of(customer_ids, facts or {}),
    )


def _keys(texts: Any) -> np.ndarray:
    return np.array([stable_key(text) for text in texts], dtype=np.int64)


def _floats(amounts: Any) -> np.ndarray:
    """Amounts as whole ten-thousandths, as `features.assemble.money` reads them; missing counts as 0."""
    return np.array([0 if a is None else int(a * MONEY_SCALE) for a in amounts], dtype=np.float64)


def _codes(texts: Sequence[str | None]) -> tuple[np.ndarray, list[str]]:
    names = sorted({text for text in texts if text is not None})
    number = {name: place for place, name in enumerate(names)}
    return np.array([-1 if text is None else number[text] for text in texts], dtype=np.int32), names
