"""Windows kept on disk, so that a later check can hold itself against them without scoring everybody again."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from monitoring.window import Window

NOTE = b"tagloop"
WINDOWS_KEPT = 60
FRAMES = ("features", "probabilities", "decisions")
SERIES = ("segments", "distances", "churn", "instants")


def keep(folder: Path, window: Window) -> None:
    """Keep the window in a file of its own; the oldest go where there are many."""
    file = folder / name_of(window.began_at, window.ended_at)
    write(file, window)
    files = sorted(folder.glob("window-*.parquet"), key=_end_of)
    for old in files[:-WINDOWS_KEPT]:
        old.unlink(missing_ok=True)


def kept(folder: Path, began_at: datetime, ended_at: datetime) -> Window | None:
    """The window of exactly that stretch of time, if it is kept."""
    file = folder / name_of(began_at, ended_at)
    return read(file) if file.exists() else None


def is_kept(folder: Path, began_at: datetime, ended_at: datetime) -> bool:
    """Whether the window of exactly that stretch of time is kept."""
    return (folder / name_of(began_at, ended_at)).exists()


def kept_before(folder: Path, instant: datetime) -> list[Window]:
    """Windows that were over by an instant, oldest first; of those that overlap the later ones."""
    found: list[Window] = []
    limit = instant
    for file in sorted(folder.glob("window-*.parquet"), key=_end_of, reverse=True):
        began_at, ended_at = _span_of(file)
        if ended_at <= limit:
            found.append(read(file))
            limit = began_at
    return found[::-1]


def name_of(began_at: datetime, ended_at: datetime) -> str:
    """The file of a window."""
    return f"window-{int(began_at.timestamp())}-{int(ended_at.timestamp())}.parquet"


def _span_of(file: Path) -> tuple[datetime, datetime]:
    note = _note(pq.read_schema(file))
    return datetime.fromisoformat(note["began_at"]), datetime.fromisoformat(note["ended_at"])


def _end_of(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])


def write(
    file: Path, window: Window, *, more: Mapping[str, "pd.DataFrame | pd.Series[Any]"] | None = None
) -> None:
    """Write the window, and frames or series of the same customers beside it; a reader finds it whole or not at all."""
    parts = dict(_parts(window)) | {
        f"{name}:{column}": values
        for name, frame in (more or {}).items()
        for column, values in _columns(frame)
    }
    note = {
        "began_at": window.began_at.isoformat(),
        "ended_at": window.ended_at.isoformat(),
        "release_id": window.release_id,
        "source": window.source,
        "population": window.population,
    }
    table = pa.table(
        {"customer_id": pa.array(window.features.index, pa.string())}
        | {name: pa.Array.from_pandas(values) for name, values in parts.items()}
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    building = file.with_suffix(".building")
    pq.write_table(
        table.replace_schema_metadata({NOTE: json.dumps(note).encode()}), building, compression="zstd"
    )
    building.replace(file)


def read(file: Path) -> Window:
    """The window of a file."""
    table = pq.read_table(file)
    note = _note(table.schema)
    frames = {name: frame_in(table, name) for name in FRAMES}
    index = frames["features"].index
    series = {name: _series_in(table, name, index) for name in SERIES}
    return Window(
        began_at=datetime.fromisoformat(note["began_at"]),
        ended_at=datetime.fromisoformat(note["ended_at"]),
        release_id=note["release_id"],
        source=note["source"],
        population=note["population"],
        features=frames["features"],
        probabilities=frames["probabilities"],
        decisions=frames["decisions"],
        segments=_there(series["segments"], index, object),
        distances=_there(series["distances"], index, float),
        churn=series["churn"],
        instants=_there(series["instants"], index, object),
    )


def frame_in(table: pa.Table, name: str) -> pd.DataFrame:
    """The frame of that name in a table that `write` wrote, indexed by customer."""
    own = [column for column in table.column_names if column.startswith(f"{name}:")]
    index = pd.Index(table.column("customer_id").to_pylist(), dtype=object, name="customer_id")
    frame: pd.DataFrame = table.select(own).to_pandas()
    return frame.set_axis([column.removeprefix(f"{name}:") for column in own], axis=1).set_axis(index)


def _parts(window: Window) -> "Iterator[tuple[str, pd.Series[Any]]]":
    for name in FRAMES:
        frame = getattr(window, name)
        yield from ((f"{name}:{column}", values) for column, values in _columns(frame))
    for name in SERIES:
        series = getattr(window, name)
        if series is not None:
            yield name, series


def _columns(frame: "pd.DataFrame | pd.Series[Any]") -> "list[tuple[str, pd.Series[Any]]]":
    if isinstance(frame, pd.Series):
        return [("", frame)]
    return [(str(column), frame[column]) for column in frame.columns]


def _series_in(table: pa.Table, name: str, index: "pd.Index[Any]") -> "pd.Series[Any] | None":
    if name not in table.column_names:
        return None
    return pd.Series(table.column(name).to_pandas().to_numpy(), index)


def _there(series: "pd.Series[Any] | None", index: "pd.Index[Any]", kind: type) -> "pd.Series[Any]":
    return pd.Series(None, index, dtype=kind) if series is None else series


def _note(schema: pa.Schema) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((schema.metadata or {})[NOTE])
    return found
