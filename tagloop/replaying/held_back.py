"""The events of a home before and after a day, as they became known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from core.clock import from_us, to_us
from core.ids import stable_key
from features.histories import Ints
from features.lake import Lake
from features.lake_rows import LAKE_SCHEMA

PARTS = 10_000
SENT = (
    "event_id",
    "customer_id",
    "occurred_at",
    "received_at",
    "type",
    "channel",
    "location_id",
    "order_id",
    "item_id",
    "quantity",
    "amount",
    "discount",
    "campaign_id",
    "rating",
    "text",
    "properties",
)
"""What `POST /v1/events` is told of an event, and when it was received."""


@dataclass(frozen=True)
class HeldBack:
    """The lake of the home that is replayed, and which of its customers take part.

    Attributes:
        lake: It is only read.
        version: Of the lake: what comes in while a replay runs is not replayed.
        share: Of the customers, by a hash of their ids; the same ones each time.
    """

    lake: Lake
    version: int
    share: float = 1.0

    def known_before(self, day: datetime) -> Iterator[tuple[int, pa.Table]]:
        """By bucket the events that were known by then, in the lake's own schema and order; empty ones too."""
        names = [name for name in LAKE_SCHEMA.names if name != "bucket"]
        for bucket in range(self.lake.buckets):
            found = self._taking_part(self.lake.read_bucket(bucket, names, version=self.version))
            kept = found.filter(pa.array(known_us(found) < to_us(day)))
            numbers = pa.array([bucket] * len(kept), pa.int32())
            yield bucket, kept.add_column(0, LAKE_SCHEMA.field("bucket"), numbers).cast(LAKE_SCHEMA)

    def known_within(self, begins: datetime, ends: datetime) -> pa.Table:
        """The events that became known in [begins, ends), in that order, with the columns `SENT`."""
        parts = []
        for bucket in range(self.lake.buckets):
            found = self._taking_part(
                self.lake.read_bucket(bucket, [*SENT, "event_key"], version=self.version)
            )
            known = known_us(found)
            parts.append(found.filter(pa.array((known >= to_us(begins)) & (known < to_us(ends)))))
        events = pa.concat_tables(parts).unify_dictionaries()
        order = np.lexsort((np.asarray(events.column("event_key")), known_us(events)))
        return events.take(order).select(list(SENT))

    def ends_at(self) -> datetime | None:
        """When the last event became known; None without any."""
        latest: list[int] = []
        for bucket in range(self.lake.buckets):
            found = self.lake.read_bucket(bucket, ["occurred_at", "received_at"], version=self.version)
            latest += [int(known_us(found).max())] if len(found) else []
        return from_us(max(latest)) if latest else None

    def _taking_part(self, events: pa.Table) -> pa.Table:
        if self.share >= 1:
            return events
        column: Any = events.column("customer_id").combine_chunks()
        column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        names = column.dictionary.to_pylist()
        taken = np.array([takes_part(str(name), self.share) for name in names] or [False])
        return events.filter(pa.array(taken[column.indices.to_numpy(zero_copy_only=False)]))


def takes_part(customer_id: str, share: float) -> bool:
    """Whether a customer is among that share of all; who is in a smaller one is in a larger one too.

    >>> takes_part("ann", 1.0), takes_part("ann", 0.0)
    (True, False)
    """
    return stable_key(f"replay {customer_id}") % PARTS < share * PARTS


def known_us(events: pa.Table) -> Ints:
    """When each event had happened and was received, in microseconds since 1970."""
    occurred, received = (
        np.asarray(events.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at")
    )
    known: Ints = np.maximum(occurred, received)
    return known
