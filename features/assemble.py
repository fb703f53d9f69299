"""Lake rows turned into histories."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from features.histories import Facts, Floats, Histories, Ints
from features.lake_rows import KEYED

COLUMNS = (
    "customer_id",
    "occurred_at",
    "received_at",
    "type",
    "channel",
    *KEYED,
    "amount",
    "discount",
    "rating",
)
KERNEL_COLUMNS = tuple(name for name in COLUMNS if name != "event_key")


def from_events(
    events: pa.Table, facts: Mapping[str, Sequence[tuple[int, float, int]]] | None = None
) -> Histories:
    """Histories of the events, which come sorted by customer, time and event key (as the lake gives them).

    `facts` holds each customer's encoded profile facts: (column, value, observed_at_us), oldest first. Without
    the column `event_key` the keys are 0: the kernel needs only the order they gave.
    """
    codes, names = _dictionary(events.column("customer_id"))
    starts = np.flatnonzero(np.diff(codes, prepend=-1)) if len(codes) else np.zeros(0, dtype=np.int64)
    customer_ids = [names[code] for code in codes[starts]]
    type_codes, type_names = _dictionary(events.column("type"))
    channel_codes, channel_names = _dictionary(events.column("channel"))
    return Histories(
        customer_ids=customer_ids,
        offsets=np.append(starts, len(codes)).astype(np.int64),
        occurred_at_us=_integers(events.column("occurred_at")),
        received_at_us=_integers(events.column("received_at")),
        type=type_codes,
        channel=channel_codes,
        amount=money(events.column("amount")),
        discount=money(events.column("discount")),
        rating=_ratings(events),
        type_names=type_names,
        channel_names=channel_names,
        facts=facts_of(customer_ids, facts or {}),
        **{key: _keys(events, key) for key in KEYED},
    )


def money(column: "pa.ChunkedArray[Any]") -> Floats:
    """Decimals as whole ten-thousandths in float64; missing counts as 0.

    Sums of whole numbers are exact below 2**53, whatever their order: what was paid and taken back is nothing
    again, and not 5e-17. The number is the low word of each decimal.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values_buffer: Any = array.buffers()[1]
    words = np.frombuffer(values_buffer, dtype=np.int64)[2 * array.offset :][: 2 * len(array)]
    values = words[::2].astype(np.float64)
    return (
        values
        if not array.null_count
        else np.where(array.is_valid().to_numpy(zero_copy_only=False), values, 0.0)
    )


def facts_of(customer_ids: Sequence[str], facts: Mapping[str, Sequence[tuple[int, float, int]]]) -> Facts:
    """The facts of those customers, numbered by their place."""
    own = [facts.get(name, ()) for name in customer_ids]
    flat = [fact for of_one in own for fact in of_one]
    if not flat:
        return Facts.none()
    return Facts(
        np.repeat(np.arange(len(own)), [len(of_one) for of_one in own]),
        np.array([fact[0] for fact in flat], dtype=np.int64),
        np.array([fact[1] for fact in flat], dtype=np.float64),
        np.array([fact[2] for fact in flat], dtype=np.int64),
    )


def _dictionary(column: "pa.ChunkedArray[Any]") -> tuple[np.ndarray, list[str]]:
    array: Any = column.combine_chunks()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    codes = array.indices.fill_null(-1) if array.null_count else array.indices
    return codes.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), array.dictionary.to_pylist()


def _integers(column: "pa.ChunkedArray[Any]") -> Ints:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _ratings(events: pa.Table) -> Floats:
    if "rating" not in events.column_names or events.column("rating").null_count == len(events):
        return np.full(len(events), np.nan)
    return np.asarray(events.column("rating").to_numpy(), dtype=np.float64)  # missing becomes NaN


def _keys(events: pa.Table, name: str) -> Ints:
    if name not in events.column_names:
        return np.zeros(len(events), dtype=np.int64)
    return np.asarray(events.column(name).to_numpy())
