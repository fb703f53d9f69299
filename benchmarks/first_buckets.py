"""A part of a lake, where the whole would take too long."""

from pathlib import Path

import pyarrow.parquet as pq

from features.lake import Lake


class FirstBuckets(Lake):
    """The first buckets of a lake, as if it had no more."""

    def __init__(self, path: Path, count: int) -> None:
        super().__init__(path)
        self._count = count

    @property
    def buckets(self) -> int:
        """How many buckets there seem to be."""
        return self._count

    @property
    def n_events(self) -> int:
        """How many events these buckets hold."""
        files = [file for bucket in range(self._count) for file in self._files(bucket)]
        return sum(pq.read_metadata(file).num_rows for file in files)
