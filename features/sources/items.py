"""Item files as batches of the contract."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import ITEM_SCHEMA, Reject
from features.sources.arrow import pc
from features.sources.checking.check import check_items
from features.sources.columns import ColumnReader
from features.sources.mapping import ItemTable, Mapping
from features.sources.readers.tables import open_files
from features.sources.rejects import Place, malformed_rejects
from features.sources.values.categories import category_paths
from features.sources.values.convert import Mask, as_mask


class ItemBatch(NamedTuple):
    """Some rows of a source file as items (`ITEM_SCHEMA`), and those that break the contract."""

    table: pa.Table
    rejects: list[Reject]
    skipped: int = 0


def read_items(mapping: Mapping) -> Iterator[ItemBatch]:
    """The items of every table of the mapping, each once in a batch.

    An item that has several rows, such as a product in a file of sales, comes again only where a later row
    describes it otherwise and the mapping lets the last row count. What comes later replaces what came before.

    Raises:
        InvalidInputError: The mapping does not fit its files; nothing has been read then.
    """
    check_items(mapping)
    return _batches(mapping)


def _batches(mapping: Mapping) -> Iterator[ItemBatch]:
    for name, table in mapping.items.items():
        told = _Told(table.repeated)
        for file in open_files(table, f"items.{name}.files"):
            for chunk in file.chunks():
                place = Place(mapping.source, file.path.name, chunk, chunk.columns)
                batch = _batch(table, place)
                yield batch._replace(table=told.news(batch.table))


def _batch(described: ItemTable, place: Place) -> ItemBatch:
    item, columns = ColumnReader(place.rows), described.columns
    item.only(described.where, described.where_not)
    item_id = item.id(columns.item_id)
    item.problems.flag(as_mask(item_id.is_null()), "missing_item", (columns.item_id,))
    arrays = [
        item_id,
        item.named(columns.name),
        category_paths(item, columns.category),
        item.named(columns.brand),
    ]
    ok = pa.array(item.problems.ok)
    table = pa.Table.from_arrays([array.filter(ok) for array in arrays], schema=ITEM_SCHEMA)
    rejects = malformed_rejects(place) + item.problems.rejects(place)
    rejects.sort(key=lambda reject: reject.line)
    return ItemBatch(table, rejects, int(item.problems.skipped.sum()))


class _Told:
    """What a table said of each item so far: memory grows with the items, not with the rows."""

    def __init__(self, repeated: Literal["last", "first"]) -> None:
        self._is_last = repeated == "last"
        self._known: dict[str, int] = {}  # item -> a hash of its description, 0 for none

    def news(self, items: pa.Table) -> pa.Table:
        """The rows that say something new, one for each item; a row without any description says nothing new."""
        chosen = _one_each(items, is_last=self._is_last)
        table = items.take(chosen)
        ids = map(str, table.column("item_id").to_pylist())
        kept = [self._is_new(item_id, told) for item_id, told in zip(ids, _descriptions(table), strict=True)]
        return table.filter(pa.array(kept, pa.bool_()))

    def _is_new(self, item_id: str, told: int) -> bool:
        before = self._known.get(item_id)
        is_new = before is None or (told not in (0, before) and (self._is_last or before == 0))
        if is_new:
            self._known[item_id] = told
        return is_new


def _one_each(items: pa.Table, *, is_last: bool) -> NDArray[np.int64]:
    """The row of each item that counts, in the order of rows: a described one before others, then by place."""
    size = len(items)
    codes = items.column("item_id").combine_chunks().dictionary_encode().indices.to_numpy()
    place = np.arange(size) if is_last else -np.arange(size)
    order = np.lexsort((place, _is_described(items)))
    chosen = np.empty(codes.max(initial=-1) + 1, dtype=np.int64)
    chosen[codes[order]] = order  # the last assignment stays
    return np.sort(chosen)


def _is_described(items: pa.Table) -> Mask:
    has_category = pc.greater(pc.list_value_length(items.column("category_paths")), 0)
    has_text = pc.or_(items.column("name").is_valid(), items.column("brand").is_valid())
    return as_mask(pc.or_(has_category, has_text).combine_chunks())


def _descriptions(items: pa.Table) -> list[int]:
    """A hash of each row's description, 0 for a row without any."""
    rows = zip(items.to_pylist(), _is_described(items), strict=True)
    return [
        hash((row["name"], str(row["category_paths"]), row["brand"])) if told else 0 for row, told in rows
    ]
