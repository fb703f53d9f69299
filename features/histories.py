"""Histories: the events of many customers as columnar arrays, sorted by customer, then time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NEVER = np.iinfo(np.int64).min


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
    ten-thousandths of the shop's currency, so that sums are exact. `rating` is NaN where missing.
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
    rating: Floats
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
    occurred, received = histories.occurred_at_us, histories.received_at_us
    if max(occurred.max(initial=_NEVER), received.max(initial=_NEVER)) < as_of_us:
        return histories
    mask: Mask = (occurred < as_of_us) & (received < as_of_us)
    kept = np.concatenate(([0], np.cumsum(mask)))[histories.offsets]
    return histories.take(mask, kept)


def slices(histories: Histories, n_events: int) -> Iterator[Histories]:
    """Runs of whole customers of about so many events each, as views on the same arrays.

    A customer with more events than that is a slice of its own.
    """
    first, offsets = 0, histories.offsets
    while first < histories.n_customers:
        fitting = int(offsets.searchsorted(offsets[first] + n_events, side="right")) - 1
        end = min(max(fitting, first + 1), histories.n_customers)
        yield _customers(histories, first, end)
        first = end


def _customers(histories: Histories, first: int, end: int) -> Histories:
    if end - first == histories.n_customers:
        return histories
    rows = slice(int(histories.offsets[first]), int(histories.offsets[end]))
    facts, begin_end = histories.facts, np.array([first, end])
    told = slice(*facts.customer.searchsorted(begin_end).tolist())
    return replace(
        histories,
        customer_ids=histories.customer_ids[first:end],
        offsets=histories.offsets[first : end + 1] - rows.start,
        facts=Facts(
            facts.customer[told] - first, facts.column[told], facts.value[told], facts.observed_at_us[told]
        ),
        **{name: getattr(histories, name)[rows] for name in EVENT_COLUMNS},
    )
