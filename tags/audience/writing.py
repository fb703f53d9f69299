"""Customers who were found as a table: the tags that were asked for beside their ids."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from core.errors import InvalidInputError
from features.histories import Mask
from tags.audience.roll import Roll

CSV, PARQUET = ".csv", ".parquet"


def table_of(roll: Roll, mask: Mask, tags: Sequence[str], connection: Connection) -> pa.Table:
    """A row for each customer of the mask in the order of ids: whether they carry each tag, its value, how surely."""
    numbers = mask.nonzero()[0]
    names = pa.array(roll.ids(numbers.tolist()), pa.string())
    columns: dict[str, Any] = {"customer_id": names}
    for tag in tags:
        carries = roll.mask(tag, connection)[numbers]
        columns[tag] = pa.array(carries)
        confidence = roll.confidence(tag, connection)[numbers]
        columns[f"{tag}.confidence"] = pa.array(confidence, mask=~carries)
        texts: list[str | None] = [*roll.columns[tag].texts, None]
        if len(texts) > 1:
            values = [texts[number] for number in roll.value(tag, connection)[numbers].tolist()]
            columns[f"{tag}.value"] = pa.array(values, pa.string())
    return pa.table(columns).sort_by("customer_id")


def check_file(file: Path, *, field: str) -> None:
    """Say nothing when customers can be written to the file.

    Raises:
        InvalidInputError: Its name ends in something else than .csv or .parquet, or its folder is not there.
    """
    if file.suffix not in {CSV, PARQUET}:
        raise InvalidInputError("{field}: {file} must end in .csv or .parquet", field=field, file=file)
    if not file.absolute().parent.is_dir():
        raise InvalidInputError(
            "{file}: the folder {folder} does not exist", file=file, folder=file.absolute().parent
        )


def write_table(table: pa.Table, file: Path) -> None:
    """Write it whole or not at all, in the format that the file's name says."""
    building = file.with_name(f".{file.name}.part")
    try:
        if file.suffix == PARQUET:
            pq.write_table(table, building)
        else:
            _write_csv(table, building)
        building.replace(file)
    finally:
        building.unlink(missing_ok=True)


def _write_csv(table: pa.Table, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8-sig") as target:  # the mark lets Excel read Chinese
        writer = csv.writer(target)
        writer.writerow(table.column_names)
        for batch in table.to_batches():
            writer.writerows(zip(*(_shown(column) for column in batch.columns), strict=True))


def _shown(column: "pa.Array[Any]") -> list[object]:
    """The cells as a person reads them: yes and no, nothing for what is missing."""
    cells = column.to_pylist()
    if pa.types.is_boolean(column.type):
        return ["yes" if cell else "no" for cell in cells]
    return ["" if cell is None else cell for cell in cells]
