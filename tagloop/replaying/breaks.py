"""Breaks that can be planted: what goes wrong at the source while everything else goes on."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInputError
from core.ids import stable_key
from features.contract import MONEY

CENTS = 100

Break = Callable[[pa.Table], pa.Table]
"""Gets events as the source should send them, gives what it sends instead."""


def in_cents(events: pa.Table) -> pa.Table:
    """Amounts and discounts are sent in cents, and nobody told."""
    for name in ("amount", "discount"):
        place = events.schema.get_field_index(name)
        column: Any = pc.multiply(events.column(name), pa.scalar(CENTS)).cast(MONEY)
        events = events.set_column(place, name, column)
    return events


def half_missing(events: pa.Table) -> pa.Table:
    """Every second shop sends nothing any more; where events name no shop, every second channel."""
    places = pc.coalesce(events.column("location_id"), events.column("channel").cast(pa.string()))
    kept = [place is None or stable_key(str(place)) % 2 == 0 for place in places.to_pylist()]
    return events.filter(pa.array(kept, pa.bool_()))


BREAKS: Mapping[str, Break] = MappingProxyType({"unit": in_cents, "missing": half_missing})


def break_of(kind: str) -> Break:
    """The break of that name.

    Raises:
        InvalidInputError: There is none.
    """
    try:
        return BREAKS[kind]
    except KeyError:
        raise InvalidInputError(
            "--break: expected one of {known}, got {got}", known=", ".join(BREAKS), got=repr(kind)
        ) from None
