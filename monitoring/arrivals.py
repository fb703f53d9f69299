"""What came from each source in a window and in those before it: counts, gaps, delays, repetitions."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from core.clock import to_us
from core.ids import MISSING_KEY
from features.source import FeatureSource

COLUMNS = (
    "customer_id",
    "source",
    "occurred_at",
    "received_at",
    "type",
    "channel",
    "order_key",
    "item_key",
    "location_key",
    "amount",
)
GAPS = ("channel", "order", "item", "category", "location", "amount")
"""What an event may lack; `category` of an item that the catalogue does not place."""

SAME = ["customer_id", "occurred_at", "type", "order_key", "item_key", "amount"]
HOUR_US = 3_600_000_000


@dataclass
class Arrivals:
    """What one source brought in one period.

    Attributes:
        events: How many.
        missing: Of these by column how many lack it.
        repeated: How many say the same as another one.
        future: How many happened after they were received.
        delays: Hours between an event and its receipt, of each; none below zero.
        kinds: By channel or type how many there were, as `channel web` or `type purchase`.
        amounts: How many have an amount above zero.
        log_amounts: The sum of its logarithm over these.
    """

    events: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    future: int = 0
    delays: list[NDArray[np.float64]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    amounts: int = 0
    log_amounts: float = 0.0

    def share(self, count: float) -> float:
        """A count as a share of the events."""
        return count / self.events if self.events else 0.0

    @property
    def delay_hours(self) -> float:
        """The delay that nine events in ten keep."""
        found = np.concatenate([np.zeros(0), *self.delays])
        return float(np.quantile(found, 0.9)) if len(found) else 0.0

    @property
    def typical_amount(self) -> float:
        """The geometric mean, which a change of the unit moves even where few events have it; NaN without amounts."""
        return math.exp(self.log_amounts / self.amounts) if self.amounts else math.nan


def arrivals(source: FeatureSource, edges: Sequence[datetime]) -> dict[str, list[Arrivals]]:
    """By source what came between each edge and the next, from the lake; memory is bounded by a bucket.

    An event belongs to the period in which it became known.
    """
    edges_us = np.array([to_us(edge) for edge in edges], dtype=np.int64)
    periods = len(edges) - 1
    found: dict[str, list[Arrivals]] = defaultdict(lambda: [Arrivals() for _ in range(periods)])
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, COLUMNS, version=source.lake_version)
        frame = _frame(events, edges_us, source)
        for (name, period), rows in frame.groupby(["source", "period"], observed=True, sort=False):
            _add(found[str(name)][int(str(period))], rows)
    return dict(found)


def _frame(events: pa.Table, edges_us: "NDArray[np.int64]", source: FeatureSource) -> pd.DataFrame:
    """The events of the periods, with what each lacks; instants in microseconds."""
    occurred, received = (
        np.asarray(events.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at")
    )
    known = np.maximum(occurred, received)
    inside = (known >= edges_us[0]) & (known < edges_us[-1])
    there = events.filter(pa.array(inside))
    columns: dict[str, Any] = {
        name: there.column(name).cast(pa.string()).to_pandas() for name in ("source", "type", "channel")
    }
    columns["customer_id"] = there.column("customer_id").to_pandas()
    columns |= {name: there.column(name).to_numpy() for name in ("order_key", "item_key", "location_key")}
    columns["amount"] = there.column("amount").cast(pa.float64()).to_pandas()
    frame = pd.DataFrame(columns)
    frame["occurred_at"], frame["received_at"] = occurred[inside], received[inside]
    frame["period"] = edges_us.searchsorted(known[inside], side="right") - 1
    items = frame["item_key"].to_numpy()
    frame["no_category"] = (items != MISSING_KEY) & (source.catalogue.codes(items) < 0)
    return frame


def _add(into: Arrivals, rows: pd.DataFrame) -> None:
    into.events += len(rows)
    lacks = {
        "channel": rows["channel"].isna(),
        "order": rows["order_key"] == MISSING_KEY,
        "item": rows["item_key"] == MISSING_KEY,
        "category": rows["no_category"],
        "location": rows["location_key"] == MISSING_KEY,
        "amount": rows["amount"].isna(),
    }
    into.missing.update({name: int(lack.sum()) for name, lack in lacks.items()})
    into.repeated += int(rows.duplicated(SAME).sum())
    late = (rows["received_at"] - rows["occurred_at"]).to_numpy(dtype=np.float64)
    into.future += int((late < 0).sum())
    into.delays.append(late.clip(0.0) / HOUR_US)
    amounts = rows["amount"].to_numpy(dtype=np.float64)
    paid = amounts[amounts > 0]
    into.amounts += len(paid)
    into.log_amounts += float(np.log(paid).sum())
    for column in ("type", "channel"):
        counts = rows[column].value_counts()
        into.kinds.update({f"{column} {name}": int(count) for name, count in counts.items()})
