"""Histories: the events of many customers as columnar arrays, sorted by customer, then time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Facts:
    """Profile facts as numbers, sorted by customer, then the instant they were observed.

    `column` counts the spec's profile columns; `observed_at_us` is the least integer where a fact counts as
    always known.
    """

    customer: Ints
    column: Ints
    value: Floats
    observed_at_us: Ints

    @staticmethod
    def none() -> "Facts":
        """No facts."""
        empty = np.zeros(0, dtype=np.int64)
        return Facts(empty, empty, np.zeros(0), empty)


@dataclass(frozen=True)
class Histories:
    """Events of `len(customer_ids)` customers; customer i owns the rows offsets[i]:offsets[i + 1].

    Keys are `core.ids.stable_key` of the ids, 0 where missing. `type` and `channel` index `type_names` and
    `channel_names` (-1 where missing). Money is in whole
    ten-thousandths of the shop's currency, so that sums are exact.
    """

    customer_ids: Sequence[str]
    offsets: Ints
    occurred_at_us: Ints
    received_at_us: Ints
    type: Codes
    channel: Codes
    event_key: Ints
    order_key: Ints
    item_key: Ints
    location_key: Ints
    campaign_key: Ints
    amount: Floats
    discount: Floats
    type_names: Sequence[str]
    channel_names: Sequence[str]
    facts: Facts

    @property
    def n_customers(self) -> int:
        """How many customers there are."""
        return len(self.customer_ids)

    @property
    def customer(self) -> Ints:
        """The number of each event's customer, shape (n_events,)."""
        return np.repeat(np.arange(self.n_customers), self.offsets[1:] - self.offsets[:-1])

    def take(self, rows: Ints | Mask, offsets: Ints) -> "Histories":
        """The same customers with only those events; `offsets` says whose they are."""
        return replace(self, offsets=offsets, **{name: getattr(self, name)[rows] for name in EVENT_COLUMNS})


EVENT_COLUMNS = tuple(
    field.name
    for field in fields(Histories)
    if field.name not in {"customer_ids", "offsets", "type_names", "channel_names", "facts"}
)


def known_at(histories: Histories, as_of_us: int) -> Histories:
    """The histories cut to the events that had occurred and been received strictly before the instant."""
    mask: Mask = (histories.occurred_at_us < as_of_us) & (histories.received_at_us < as_of_us)
    if mask.all():
        return histories
    kept = np.concatenate(([0], np.cumsum(mask)))[histories.offsets]
    return histories.take(mask, kept)
