"""What every reader of files gives: chunks of rows with the number of each row."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CHUNK_ROWS = 131_072
CHUNK_BYTES = 16 << 20


@dataclass(frozen=True)
class MalformedRow:
    """A row that has no cells to read; `reason` is a code of `features.sources.rejects.REASONS`."""

    line: int
    detail: str
    content: str
    reason: str = "wrong_cell_count"


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file: one batch of columns as the file has them, and each row's number from 1."""

    columns: pa.RecordBatch
    lines: NDArray[np.int64]
    malformed: tuple[MalformedRow, ...] = ()
