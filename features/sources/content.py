"""Ids made of what a row says, for rows that bring none."""

import hashlib
import json

import pyarrow as pa

from features.sources.arrow import Values, pc
from features.sources.values.convert import is_text, to_text

_SEPARATOR = "\x1f"


def content_ids(rows: pa.RecordBatch, source: str, table: str) -> Values:
    """`core.ids.content_id(source, table, *cells)` of every row, with all of the file's columns in order.

    >>> from core.ids import content_id
    >>> rows = pa.RecordBatch.from_pydict({"when": ["2017-01-01"], "amount": [2.0]})
    >>> content_ids(rows, "shop", "orders")[0].as_py() == content_id("shop", "orders", "2017-01-01", "2")
    True
    """
    cells = [_cell(column) for column in rows.columns]
    joined = pc.binary_join_element_wise(
        pa.scalar(source),
        pa.scalar(table),
        *cells,
        pa.scalar(_SEPARATOR),
        null_handling="replace",
        null_replacement="",
    )
    blake2b = hashlib.blake2b
    # Only the hash itself is a Python loop.
    ids = [blake2b(row, digest_size=12).hexdigest() for row in joined.cast(pa.binary()).to_pylist()]
    return pa.array(ids, pa.string())


def _cell(values: Values) -> Values:
    if is_text(values.type):
        return values.cast(pa.string())
    if pa.types.is_nested(values.type):
        return pa.array([json.dumps(cell, default=str) for cell in values.to_pylist()], pa.string())
    return to_text(values)
