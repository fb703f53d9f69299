"""A shop of any size made from a real one: its customers again and again under new ids, with all their events."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from core.ids import bucket_of, stable_keys
from features.lake import BULK_APP, Lake
from features.lake_rows import LAKE_SCHEMA

Ints = npt.NDArray[np.int64]

EVENTS_A_BUCKET = 320_000

_FACTS = text(
    "INSERT INTO attributes (fact_id, customer_id, key, value, observed_at) "
    "SELECT fact_id || :suffix, customer_id || :suffix, key, value, observed_at FROM attributes "
    "WHERE fact_id NOT LIKE '%~%'"
)


class Resampled:
    """The customers of a lake, copied until they have that many events: copy 3 of customer `17` is `17~3`.

    The copies are all customers in turn, so they have the original's mix of light and heavy ones.
    """

    def __init__(self, lake: Lake, n_events: int) -> None:
        columns = [name for name in LAKE_SCHEMA.names if name != "bucket"]
        self._events = pa.concat_tables(
            [lake.read_bucket(bucket, columns) for bucket in range(lake.buckets)]
        ).unify_dictionaries()
        coded: Any = self._events.column("customer_id").combine_chunks()
        codes = coded.indices.to_numpy()
        self._names: list[str] = coded.dictionary.to_pylist()
        self._starts: Ints = np.flatnonzero(np.diff(codes, prepend=-1))
        self._owner = codes[self._starts]
        self._sizes: Ints = np.diff(np.append(self._starts, len(codes)))
        whole, left = divmod(n_events, len(codes))
        self.copies = whole + 1
        in_last = int(self._sizes.cumsum().searchsorted(left, side="right"))
        self._drawn = [(copy, place) for copy in range(whole) for place in range(len(self._starts))]
        self._drawn += [(whole, place) for place in range(in_last)]

    @property
    def n_customers(self) -> int:
        """How many customers there are with the copies."""
        return len(self._drawn)

    def write(self, lake: Lake) -> None:
        """All events in one commit, written bucket by bucket."""
        lake.create()
        lake.append(self._parts(lake.buckets), app=BULK_APP, batch=1, note={"by": "benchmark"})

    def add_facts(self, connection: Connection) -> None:
        """What the store knows of the customers' profiles, for each copy."""
        for copy in range(self.copies):
            connection.execute(_FACTS, {"suffix": f"~{copy}"})

    def _parts(self, buckets: int) -> Iterator[tuple[int, pa.Table]]:
        inside: list[list[tuple[int, int]]] = [[] for _ in range(buckets)]
        for copy, place in self._drawn:
            inside[bucket_of(f"{self._names[self._owner[place]]}~{copy}", buckets)].append((copy, place))
        for bucket, drawn in enumerate(inside):
            if drawn:
                yield bucket, self._part(bucket, drawn)

    def _part(self, bucket: int, drawn: list[tuple[int, int]]) -> pa.Table:
        copy, place = np.array(drawn, dtype=np.int64).T
        sizes = self._sizes[place]
        first = self._starts[place] - np.append(0, sizes.cumsum()[:-1])
        rows = self._events.take(np.arange(sizes.sum()) + np.repeat(first, sizes))
        suffix: Any = pa.array(np.char.add("~", np.repeat(copy, sizes).astype(str)))
        columns: dict[str, Any] = {name: rows.column(name) for name in rows.column_names}
        columns["bucket"] = pa.array(np.full(len(rows), bucket, dtype=np.int32))
        for name in ("customer_id", "event_id"):
            own: Any = columns[name].cast(pa.string())
            columns[name] = pc.binary_join_element_wise(own, suffix, "")
        ids = columns["event_id"].to_pylist()
        columns["event_key"] = pa.array(np.frombuffer(stable_keys(ids), dtype="<i8"))
        return pa.table({name: columns[name] for name in LAKE_SCHEMA.names}).cast(LAKE_SCHEMA)


def buckets_for(n_events: int) -> int:
    """Enough buckets for that many events."""
    return max(1, -(-n_events // EVENTS_A_BUCKET))
