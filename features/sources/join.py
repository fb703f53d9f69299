"""Columns looked up in another file, such as a campaign's start date for every exposure."""

from dataclasses import dataclass

import pyarrow as pa

from core.errors import FieldError
from core.language import Text
from features.sources.arrow import Values, pc
from features.sources.file_spec import Join
from features.sources.mapping_errors import mapping_error
from features.sources.readers.tables import open_files
from features.sources.values.convert import to_id


@dataclass(frozen=True)
class Lookup:
    """The other file, held in memory: its keys as text, and its columns."""

    key: str
    keys: Values
    columns: pa.Table

    def add_to(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """The rows with the other file's columns, empty where the key has no match; own columns stay."""
        place = pc.index_in(to_id(rows.column(self.key)), value_set=self.keys, skip_nulls=True)
        for name in self.columns.schema.names:
            if name not in rows.schema.names:
                rows = rows.append_column(name, self.columns.column(name).take(place).combine_chunks())
        return rows


def open_lookup(join: Join, where: str) -> Lookup:
    """The lookup that a table's join describes; `where` is its key in the mapping.

    Raises:
        InvalidInputError: The file is missing, or a key is in it twice, so that a row has no one match.
    """
    key = join.other_key or join.key
    files = open_files(join, f"{where}.files")
    batches = [chunk.columns for file in files for chunk in file.chunks()]
    columns = pa.Table.from_batches(batches, files[0].schema())
    keys = to_id(columns.column(key).combine_chunks())
    counts = pc.value_counts(keys.drop_null())
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        raise _not_unique(key, twice[0]["values"].as_py(), where)
    return Lookup(join.key, keys, columns)


def _not_unique(key: str, value: str, where: str) -> Exception:
    text = Text(
        "the join's column {key} has {value} more than once, so a row has no one match",
        {"key": repr(key), "value": repr(value)},
    )
    return mapping_error([FieldError(f"{where}.key", text, "not_unique")])
