"""What lake and store hold, to be compared with what they have to hold."""

import re
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from core.settings import Settings
from core.storage import Store
from features import counters, tables
from features.lake import Lake
from features.lake_rows import LAKE_SCHEMA
from features.tables import History, RecentEvent
from tests.features.stored import read_histories


def loaded(settings: Settings, store: Store) -> dict[str, Any]:
    """What a load leaves: every event, every history byte by byte, and the counts of the store's other tables."""
    with store.read() as connection:
        histories = connection.execute(select(History.customer_id, History.n_events, History.packed))
        packed = {row.customer_id: (row.n_events, bytes(row.packed)) for row in histories}
        others = (tables.Attribute, tables.Channel, tables.Customer, tables.Item, tables.Rejected)
        counts = {t.__tablename__: connection.scalar(select(func.count()).select_from(t)) for t in others}
        bulk = counters.value(connection, "bulk")
    rows = sorted(lake_rows(settings), key=lambda row: str(row["event_id"]))
    return {"events": rows, "histories": packed, "bulk": bulk, **counts}


def lake_rows(settings: Settings) -> list[dict[str, Any]]:
    """Every event in the lake."""
    lake = Lake(settings.lake_path)
    if not lake.exists():
        return []
    columns = [name for name in LAKE_SCHEMA.names if name != "bucket"]
    return [row for bucket in range(lake.buckets) for row in lake.read_bucket(bucket, columns).to_pylist()]


def strays(settings: Settings) -> list[str]:
    """Files that nothing refers to: parts that no version names, notes, scratch folders."""
    log = settings.lake_path / "_delta_log"
    said = "".join(file.read_text(encoding="utf-8") for file in log.glob("*.json"))
    held = set(re.findall(r"part-[0-9a-f-]+\.parquet", said))
    parts = [file.name for file in settings.lake_path.glob("bucket=*/*") if file.name not in held]
    half = [file.name for file in log.iterdir() if file.suffix not in {".json", ".parquet"}]
    notes = [file.name for file in settings.lake_path.glob("_uncommitted*")]
    return [*parts, *notes, *(name for name in half if name != "_last_checkpoint"), *_scratch(settings)]


def _scratch(settings: Settings) -> list[str]:
    half_done = (".building-*", ".current-*", "PROMOTING", ".PROMOTING")
    releases = [file for name in half_done for file in settings.releases_path.glob(name)]
    return [path.name for path in [*releases, *settings.home.glob("staging")]]


def acknowledged_and_kept(store: Store) -> Counter[str]:
    """How often the store keeps each live event."""
    with store.read() as connection:
        return Counter(connection.scalars(select(RecentEvent.event_id)).all())


def numbers(store: Store) -> list[int]:
    """The numbers of the live events that are kept, in order."""
    with store.read() as connection:
        return list(connection.scalars(select(RecentEvent.seq).order_by(RecentEvent.seq)))


def seen_events(store: Store) -> dict[str, int]:
    """How many events a request would see of each customer: those of the history and the live ones."""
    with store.read() as connection:
        names = set(connection.scalars(select(tables.Customer.customer_id)))
        seen = read_histories(connection, sorted(names))
    return {name: int(history.offsets[-1]) for name, history in seen.items()}
