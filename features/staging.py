"""Incoming rows set aside by bucket, so that a load of any size needs the memory of one bucket."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import EVENT_SCHEMA
from features.lake import Lake
from features.lake_rows import LAKE_SCHEMA, keyed

_SCHEMA = LAKE_SCHEMA.append(pa.field("has_own_id", pa.bool_(), nullable=False))


def staging_folder(home: Path) -> Path:
    """Where a load sets its rows aside."""
    return home / "staging"


def clear_staging(home: Path) -> None:
    """Remove what a load that died set aside; hold the load's lock."""
    shutil.rmtree(staging_folder(home), ignore_errors=True)


class Staging:
    """A scratch folder with one file a bucket; it is emptied when the load ends, however it ends."""

    def __init__(self, folder: Path, lake: Lake) -> None:
        self.folder = folder
        self.lake = lake
        self._writers: dict[int, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, events: pa.Table) -> None:
        """Set aside events in the contract's schema with `has_own_id`."""
        known = keyed(events.drop_columns(["has_own_id"]), self.lake.buckets)
        known = known.append_column("has_own_id", events.column("has_own_id"))
        order = pc.sort_indices(known.column("bucket"))
        known = known.take(order)
        buckets = known.column("bucket").to_numpy()
        edges = np.searchsorted(buckets, np.arange(self.lake.buckets + 1))
        for bucket in np.unique(buckets).tolist():
            self._writer(bucket).write_table(
                known.slice(edges[bucket], edges[bucket + 1] - edges[bucket]).cast(_SCHEMA)
            )

    def fresh(self) -> Iterator[tuple[int, pa.Table, int]]:
        """Bucket by bucket: the events that the lake does not hold, each once, and how many it does."""
        self._close()
        for bucket in range(self.lake.buckets):
            file = self._file(bucket)
            if file.exists():
                staged = number_identical(pq.read_table(file, partitioning=None))
                new = _new(staged, self.lake.read_bucket(bucket, ["event_id", "event_key"]))
                yield bucket, staged.filter(new), len(staged) - int(new.sum())

    def _file(self, bucket: int) -> Path:
        return self.folder / f"{bucket}.parquet"

    def _writer(self, bucket: int) -> pq.ParquetWriter:
        if bucket not in self._writers:
            self._writers[bucket] = pq.ParquetWriter(self._file(bucket), _SCHEMA, compression="lz4")
        return self._writers[bucket]

    def _close(self) -> None:
        while self._writers:
            self._writers.popitem()[1].close()


def number_identical(staged: pa.Table) -> pa.Table:
    """Rows in LAKE_SCHEMA; the second of two identical rows without ids of their own gets its own id.

    Rows arrive in the order of the files, so the same files always give the same ids.
    """
    import pandas as pd  # noqa: PLC0415 (a server knows this module and needs no frames)

    keys = pd.Series(staged.column("event_key").to_numpy())
    ordinal = keys.groupby(keys, sort=False).cumcount().to_numpy()
    again = (ordinal > 0) & ~staged.column("has_own_id").to_numpy()
    events = staged.drop_columns(["has_own_id"])
    if not again.any():
        return events
    ids = staged.column("event_id").to_pandas()
    ids = ids.where(~again, ids + "-" + pd.Series(ordinal, index=ids.index).astype(str))
    renamed = events.set_column(1, EVENT_SCHEMA.field("event_id"), pa.array(ids, pa.string()))
    return keyed(renamed.select(EVENT_SCHEMA.names), 1).set_column(0, events.field(0), events.column(0))


def _new(staged: pa.Table, held: pa.Table) -> np.ndarray:
    """Which rows the lake does not hold, each once.

    Keys are compared first: where no key repeats no id does, and only otherwise the ids themselves are compared.
    """
    import pandas as pd  # noqa: PLC0415 (as above)

    keys = pd.Series(staged.column("event_key").to_numpy())
    if not (keys.duplicated().any() or keys.isin(held.column("event_key").to_numpy()).any()):
        return np.ones(len(staged), dtype=bool)
    repeated = staged.column("event_id").to_pandas().duplicated().to_numpy()
    known = pc.is_in(staged.column("event_id"), held.column("event_id")).to_numpy()
    fresh: np.ndarray = ~(repeated | known)
    return fresh
