"""How the lake's files are written and become a version of the table, so that both outlive a power cut."""

import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.transaction import AddAction, RemoveAction

from features.lake_rows import LAKE_SCHEMA, SORT_ORDER
from features.uncommitted import Uncommitted

ROW_GROUP_ROWS = 65_536  # small enough that one customer's events are found without reading the bucket


def write_part(
    lake: Path, uncommitted: Uncommitted, bucket: int, part: pa.Table, *, data_change: bool = True
) -> AddAction:
    """Write a bucket's events, sorted, as a file that no version names yet; what makes a version name it."""
    # deltalake's own writer splits the rows over threads and loses their order, so the file is written here.
    name = f"bucket={bucket}/part-{uuid.uuid4()}.parquet"
    file = lake / name
    file.parent.mkdir(exist_ok=True)
    uncommitted.add(name)
    with file.open("wb") as sink:
        pq.write_table(
            part.sort_by(SORT_ORDER).drop_columns(["bucket"]),
            sink,
            compression="zstd",
            row_group_size=ROW_GROUP_ROWS,
        )
        sink.flush()
        os.fsync(sink.fileno())
    stat = file.stat()
    return AddAction(
        name,
        stat.st_size,
        {"bucket": str(bucket)},
        int(stat.st_mtime * 1000),
        data_change=data_change,
        stats=json.dumps({"numRecords": len(part)}),
    )


def removal(lake: Path, file: str, instant_ms: int) -> RemoveAction:
    """What makes the next version forget a file whose rows it has elsewhere."""
    return RemoveAction(
        str(Path(file).relative_to(lake.absolute())), data_change=False, deletion_timestamp=instant_ms
    )


def commit(
    lake: Path,
    table: DeltaTable,
    actions: Sequence[AddAction | RemoveAction],
    properties: CommitProperties | None,
) -> None:
    """Make the actions a version; when this returns, it outlives a power cut."""
    for folder in {(lake / action.path).parent for action in actions if isinstance(action, AddAction)}:
        sync(folder)
    _widen(table)
    table.create_write_transaction(
        list(actions),
        mode="append",
        schema=LAKE_SCHEMA,
        partition_by=["bucket"],
        commit_properties=properties,
    )
    log = lake / "_delta_log"
    sync(max(log.glob("*.json")))
    sync(log)


def files_of(table: DeltaTable, bucket: int | None = None) -> list[str]:
    """The paths of the table's files, or of one bucket's; Delta tells them as parts of an address."""
    chosen = None if bucket is None else [("bucket", "=", str(bucket))]
    return [unquote(file) for file in table.file_uris(file_pruning_predicate=chosen)]


def _widen(table: DeltaTable) -> None:
    """Give the table the fields that joined the contract after it was made."""
    there = {field.name for field in table.schema().fields}
    later = [field for field in LAKE_SCHEMA if field.name not in there]
    if later:
        table.alter.add_columns(list(Schema.from_arrow(pa.schema(later)).fields))


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive a power cut; Windows does not allow it on folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
