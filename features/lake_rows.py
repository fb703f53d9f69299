"""What a file of the lake holds: its columns, their order, and the rows of several files as one."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.ids import MISSING_KEY, stable_keys
from features.contract import EVENT_SCHEMA
from features.histories import Ints

KEYED = {
    "event_key": "event_id",
    "order_key": "order_id",
    "item_key": "item_id",
    "location_key": "location_id",
    "campaign_key": "campaign_id",
}
LAKE_SCHEMA = pa.schema(
    [pa.field("bucket", pa.int32(), nullable=False), *EVENT_SCHEMA]
    + [pa.field(name, pa.int64(), nullable=False) for name in KEYED]
)
SORT_ORDER: list[tuple[str, Literal["ascending", "descending"]]] = [
    ("customer_id", "ascending"),
    ("occurred_at", "ascending"),
    ("event_key", "ascending"),
]
DICTIONARY = ("customer_id", "type", "channel")


def read_files(files: Sequence[str], columns: Sequence[str], filters: Any = None) -> pa.Table:
    """The rows of the files with those columns, sorted by customer, time and event key.

    Raises:
        OSError: A file cannot be read.
    """
    sorting = [] if len(files) == 1 else [name for name, _ in SORT_ORDER if name not in columns]
    wanted = [*columns, *sorting]
    parts = [_rows_of(file, wanted, filters) for file in files]
    if len(parts) == 1:
        return parts[0]
    merged = pa.concat_tables(parts).unify_dictionaries()
    order = pc.sort_indices(merged.set_column(*_plain_customer(merged)), sort_keys=SORT_ORDER)
    return merged.take(order).select(list(columns))


def _rows_of(file: str, wanted: Sequence[str], filters: Any) -> pa.Table:
    found = pq.read_table(
        file,
        columns=_held(file, wanted),
        filters=filters,
        partitioning=None,
        read_dictionary=list(DICTIONARY),
    )
    return _with_later(found, wanted).unify_dictionaries()


def _held(file: str, wanted: Sequence[str]) -> list[str]:
    """Those of the columns that the file has: one from before a field joined the contract lacks that."""
    there = set(pq.read_schema(file).names)
    return [name for name in wanted if name in there]


def _with_later(part: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """The part with all the columns wanted; those that are younger than its file are missing in every row."""
    for name in wanted:
        if name not in part.column_names:
            field = LAKE_SCHEMA.field(name)
            part = part.append_column(field, pa.nulls(len(part), field.type))
    return part.select(list(wanted))


def _plain_customer(table: pa.Table) -> tuple[int, str, "pa.ChunkedArray[Any]"]:
    place = table.schema.get_field_index("customer_id")
    return place, "customer_id", table.column(place).cast(pa.string())


def keyed(events: pa.Table, buckets: int) -> pa.Table:
    """The events with their bucket and key columns added, as the lake and the histories want them."""
    for key, text in KEYED.items():
        keys = _keys(events.column(text), repeated=text != "event_id")
        events = events.append_column(pa.field(key, pa.int64(), nullable=False), pa.array(keys))
    bucket = (_keys(events.column("customer_id"), repeated=True) % buckets).astype(np.int32)
    return events.add_column(0, pa.field("bucket", pa.int32(), nullable=False), pa.array(bucket))


def _keys(texts: "pa.ChunkedArray[Any]", *, repeated: bool) -> Ints:
    """Each text's stable key, worked out once per distinct text where texts are repeated."""
    if texts.null_count == len(texts):
        return np.zeros(len(texts), dtype=np.int64)
    if not repeated:
        return np.frombuffer(stable_keys(str(text) for text in texts.to_pylist()), dtype="<i8")
    coded = texts.combine_chunks().dictionary_encode()
    distinct = [str(text) for text in coded.dictionary.to_pylist()]
    table = np.append(np.frombuffer(stable_keys(distinct), dtype="<i8"), MISSING_KEY)
    if "" in distinct:
        table[distinct.index("")] = MISSING_KEY
    keys: Ints = table[coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return keys
