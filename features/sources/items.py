"""Item files as batches of the contract."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from features.contract import ITEM_SCHEMA, Reject
from features.sources.arrow import Values, pc
from features.sources.check import check_items
from features.sources.columns import ColumnReader
from features.sources.convert import as_mask
from features.sources.mapping import ItemTable, Mapping
from features.sources.rejects import Place, malformed_rejects
from features.sources.tables import open_files


class ItemBatch(NamedTuple):
    """Some rows of a source file as items (`ITEM_SCHEMA`), and those that break the contract."""

    table: pa.Table
    rejects: list[Reject]
    skipped: int = 0


def read_items(mapping: Mapping) -> Iterator[ItemBatch]:
    """The items of every table of the mapping; an item that is there twice comes twice, in the files' order.

    Raises:
        InvalidInputError: The mapping does not fit its files; nothing has been read then.
    """
    check_items(mapping)
    return _batches(mapping)


def _batches(mapping: Mapping) -> Iterator[ItemBatch]:
    for name, table in mapping.items.items():
        for file in open_files(table, f"items.{name}.files"):
            for chunk in file.chunks():
                place = Place(mapping.source, file.path.name, chunk, chunk.columns)
                yield _batch(table, place)


def _batch(described: ItemTable, place: Place) -> ItemBatch:
    item, columns = ColumnReader(place.rows), described.columns
    item.only(described.where, described.where_not)
    item_id = item.id(columns.item_id)
    item.problems.flag(as_mask(item_id.is_null()), "missing_item", (columns.item_id,))
    arrays = [
        item_id,
        item.named(columns.name),
        _one_path(category_paths([item.named(column) for column in columns.category], len(item_id))),
        item.named(columns.brand),
    ]
    ok = pa.array(item.problems.ok)
    table = pa.Table.from_arrays([array.filter(ok) for array in arrays], schema=ITEM_SCHEMA)
    rejects = malformed_rejects(place) + item.problems.rejects(place)
    rejects.sort(key=lambda reject: reject.line)
    return ItemBatch(table, rejects, int(item.problems.skipped.sum()))


def category_paths(levels: list[Values], size: int) -> Values:
    """The paths `(size,)` of level columns, widest first; a path ends before its first empty level.

    >>> levels = [pa.array(["Food", "Toys"]), pa.array(["Tea", None]), pa.array(["Green", "Ball"])]
    >>> category_paths(levels, 2).to_pylist()
    [['Food', 'Tea', 'Green'], ['Toys']]
    """
    if not levels:
        return pa.array([[]] * size, pa.list_(pa.string()))
    filled = np.stack([as_mask(level.is_valid()) for level in levels], axis=1)
    kept = np.logical_and.accumulate(filled, axis=1)
    names = np.stack([np.asarray(level.to_pylist(), dtype=object) for level in levels], axis=1)
    offsets = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(names[kept], pa.string()))


def _one_path(paths: Values) -> Values:
    """Each path as the only one of its item; a path without a level is none."""
    is_path = as_mask(pc.greater(pc.list_value_length(paths), 0))
    offsets = np.concatenate([[0], np.cumsum(is_path)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), paths.filter(pa.array(is_path)))
