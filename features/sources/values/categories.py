"""The category paths of items: from level columns, from delimited cells or from one-hot flags."""

import json

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import ID_LIMIT, TEXT_LIMIT
from features.sources.arrow import Values, pc
from features.sources.columns import ColumnReader
from features.sources.value_sources import JSON_LIST, CategorySource, TextSource
from features.sources.values.convert import Mask, as_mask

PATHS = pa.list_(pa.list_(pa.string()))
Paths = list[list[str]]

_YES = ("1", "true", "yes", "y", "t", "x", "是", "有", "✓")
_NO = ("0", "false", "no", "n", "f", "-", "否", "无", "")


def category_paths(item: ColumnReader, source: CategorySource | None) -> Values:
    """The paths of every item, each from its widest level to its narrowest; an empty list where it has none."""
    if source is None:
        return pa.array([[]] * item.rows.num_rows, PATHS)
    if source.flags:
        return _of_flags(item, source.flags)
    if source.split or source.levels:
        return _of_cells(item, source)
    return one_path([item.named(column) for column in source.path or (source.column,)])


def one_path(levels: list[Values]) -> Values:
    """The path of level columns, widest first, as the only one; it ends before its first empty level.

    >>> levels = [pa.array(["Food", "Toys", None]), pa.array(["Tea", None, "Tea"]), pa.array(["Green", "Ball", ""])]
    >>> one_path(levels).to_pylist()
    [[['Food', 'Tea', 'Green']], [['Toys']], []]
    """
    filled = np.stack([as_mask(level.is_valid()) for level in levels], axis=1)
    kept = np.logical_and.accumulate(filled, axis=1)
    names = np.stack([np.asarray(level.to_pylist(), dtype=object) for level in levels], axis=1)
    is_path = kept[:, 0]
    return _lists(is_path, _lists(kept[is_path].sum(axis=1), pa.array(names[kept], pa.string())))


def paths_in(cell: str, split: str, levels: str) -> Paths:
    """The paths that one cell lists, each once.

    >>> paths_in("Action| Comedy |Action|", "|", "")
    [['Action'], ['Comedy']]
    >>> paths_in("Electronics > Phones", "", ">")
    [['Electronics', 'Phones']]
    """
    parts = _listed(cell) if split == JSON_LIST else cell.split(split) if split else [cell]
    paths = [_levels(part.split(levels) if levels else [part]) for part in parts]
    return [path for place, path in enumerate(paths) if path and path not in paths[:place]]


def _levels(labels: list[str]) -> list[str]:
    """The labels before the first empty one."""
    trimmed = [label.strip() for label in labels]
    return trimmed[: trimmed.index("")] if "" in trimmed else trimmed


def _listed(cell: str) -> list[str]:
    """What a JSON list says; a cell that is none says itself."""
    try:
        found = json.loads(cell)
    except ValueError:
        return [cell]
    return [str(entry) for entry in found if entry is not None] if isinstance(found, list) else [cell]


def _of_cells(item: ColumnReader, source: CategorySource) -> Values:
    """The paths of a column's cells; each distinct cell is taken apart once."""
    cells = item.text(TextSource(column=source.column), limit=TEXT_LIMIT).dictionary_encode()
    distinct = [paths_in(str(cell), source.split, source.levels) for cell in cells.dictionary.to_pylist()]
    is_long = [any(len(label) > ID_LIMIT for path in paths for label in path) for paths in distinct]
    place = np.asarray(cells.indices.fill_null(len(distinct)))
    item.problems.flag(np.array([*is_long, False])[place], "text_too_long", (source.column,))
    found: Values = pa.array([*distinct, []], PATHS).take(place)
    return found


def _of_flags(item: ColumnReader, flags: dict[str, str]) -> Values:
    is_in = np.stack([_flag(item, column) for column in flags], axis=1)
    labels = np.broadcast_to(np.array(list(flags.values()), dtype=object), is_in.shape)[is_in]
    return _lists(is_in.sum(axis=1), _lists(np.ones(len(labels)), pa.array(labels, pa.string())))


def _flag(item: ColumnReader, column: str) -> Mask:
    cells = pc.utf8_lower(item.id(column).fill_null(""))
    is_yes = as_mask(pc.is_in(cells, value_set=pa.array(_YES)))
    is_no = as_mask(pc.is_in(cells, value_set=pa.array(_NO)))
    item.problems.flag(~(is_yes | is_no), "bad_flag", (column,))
    return is_yes


def _lists(sizes: NDArray[np.generic], values: Values) -> Values:
    """The values in lists of these sizes, one after the other."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32), pa.int32())
    lists: Values = pa.ListArray.from_arrays(offsets, values)
    return lists
