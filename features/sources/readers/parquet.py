"""Parquet files; columns keep their types."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.sources.file_spec import Files
from features.sources.readers import chunk as chunk_sizes
from features.sources.readers.chunk import Chunk


class Parquet:
    """One Parquet file."""

    def __init__(self, path: Path, _format: str, _files: Files) -> None:
        self.path = path

    def schema(self) -> pa.Schema:
        """The columns with their types; dictionary-encoded ones, such as pandas' categories, as what they hold."""
        return _plain_types(pq.read_schema(self.path))

    def chunks(self) -> Iterator[Chunk]:
        """The rows, about a hundred thousand at a time."""
        start = 1
        with pq.ParquetFile(self.path) as file:
            schema = _plain_types(file.schema_arrow)
            for encoded in file.iter_batches(batch_size=chunk_sizes.CHUNK_ROWS, use_threads=False):
                batch = encoded if encoded.schema == schema else encoded.cast(schema)
                yield Chunk(batch, np.arange(start, start + batch.num_rows, dtype=np.int64))
                start += batch.num_rows

    def estimated_rows(self) -> int:
        """How many rows, exactly."""
        return int(pq.read_metadata(self.path).num_rows)


def _plain_types(schema: pa.Schema) -> pa.Schema:
    fields = [
        field.with_type(field.type.value_type) if isinstance(field.type, pa.DictionaryType) else field
        for field in schema
    ]
    return pa.schema(fields)
