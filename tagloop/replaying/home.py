"""A home of its own for a replay: what another home knew until a day, and nothing later."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import insert, inspect, select

from core.clock import offset_starting_at
from core.errors import ConflictError, NotReadyError
from core.settings import Settings
from core.storage import Store, open_store
from core.storage.upsert import table_of
from features import counters
from features.contract import LIVE_SOURCE
from features.lake import BULK_APP, Lake
from features.mentions import mention
from features.recovery import add_customers, first_instants
from features.stored_histories import rebuild
from features.tables import Attribute, AttributeKind, EventType, Item
from tagloop.replaying.held_back import HeldBack, takes_part
from tags.catalogue.store import COUNTER as TAXONOMY
from tags.catalogue.tables import GroupVersion, TagVersion, TaxonomyFile

FOLDER = "replay"
"""Where a replay lives in the home that it replays, unless told otherwise."""

ROWS_AT_ONCE = 5_000
_COPIED = (Item, AttributeKind, EventType, Attribute, TagVersion, GroupVersion, TaxonomyFile)
_COUNTERS = ("catalogue", "facts", TAXONOMY)
_DATED = {"made_at", "taken_at"}
_OWN = {
    "home",
    "database_url",
    "mlflow_uri",
    "clock",
    "clock_instant",
    "clock_offset_seconds",
    "host",
    "port",
}
"""Settings that a replay does not take over."""


def replay_settings(settings: Settings, folder: Path) -> Settings:
    """The settings of a replay in that folder: the home's, with a store, models and a clock of its own."""
    own: dict[str, Any] = dict.fromkeys(("database_url", "mlflow_uri", "clock_instant"))
    own |= {"home": folder.absolute(), "clock": "stepped", "follow_seconds": 0.0, "flush_seconds": 2.0}
    if settings.taxonomy is not None:
        own["taxonomy"] = settings.taxonomy.absolute()
    return settings.model_copy(update=own)


def make_home(settings: Settings, store: Store, held_back: HeldBack, began: datetime) -> Store:
    """The store of a new home in `settings.home`, which knows what was known at `began`.

    `store` is that of the home that is replayed, and is only read. Catalogue, facts (each counts from its own date on)
    and definitions of tags are copied as they are, the events as far as they were known.

    Raises:
        ConflictError: There is something in the folder.
        NotReadyError: Nothing was known by then.
    """
    if settings.home.exists() and any(settings.home.iterdir()):
        raise ConflictError(
            "{folder} is not empty: remove it, or name another folder with --home", folder=settings.home
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    write_config(settings)
    settings.stepped_clock.set_to(began)
    made = open_store(settings)
    try:
        _copy_rows(store, made, began, held_back.share)
        _copy_events(settings, made, held_back, began)
    except BaseException:
        made.close()
        raise
    return made


def write_config(settings: Settings, *, goes_on_from: datetime | None = None) -> None:
    """Write `tagloop.toml`; a replay that has ended goes on with a clock that runs on from its last instant."""
    told = {
        name: value
        for name, value in settings.model_dump(mode="json", exclude_defaults=True).items()
        if name not in _OWN
    }
    told["clock"] = "stepped"
    if goes_on_from is not None:
        for name in ("follow_seconds", "flush_seconds"):
            told.pop(name, None)
        told |= {"clock": "offset", "clock_offset_seconds": offset_starting_at(goes_on_from).total_seconds()}
    lines = [
        "# Written by `tagloop replay`.",
        *(f"{name} = {json.dumps(told[name])}" for name in sorted(told)),
    ]
    (settings.home / "tagloop.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _copy_rows(old: Store, new: Store, began: datetime, share: float) -> None:
    for table in map(table_of, _COPIED):
        for rows in _rows(old, table, began):
            kept = (
                [row for row in rows if takes_part(row.get("customer_id", ""), share) or share >= 1]
                if ("customer_id" in table.c)
                else rows
            )
            with new.write() as connection:
                if kept:
                    connection.execute(insert(table), kept)
    with old.read() as connection:
        numbers = {name: counters.value(connection, name) for name in _COUNTERS}
    with new.write() as connection:
        for name, number in numbers.items():
            counters.put(connection, name, number)


def _rows(store: Store, table: Any, began: datetime) -> Iterator[list[dict[str, Any]]]:
    """All rows of a table; what was defined after the replay begins counts as defined when it does.

    The store may be of an earlier version, which lacks a table: nobody brings it up to date by looking.
    """
    with store.read() as connection:
        if not inspect(connection).has_table(table.name):
            return
        for part in connection.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
            yield [_dated(row, began) for row in part]


def _dated(row: Mapping[Any, Any], began: datetime) -> dict[str, Any]:
    return {name: min(value, began) if name in _DATED else value for name, value in row.items()}


def _copy_events(settings: Settings, store: Store, held_back: HeldBack, began: datetime) -> None:
    lake = Lake(settings.lake_path, buckets=held_back.lake.buckets)
    lake.create()
    parts = _noted(store, held_back.known_before(began))
    first = next(parts, None)
    if first is None:
        raise NotReadyError(
            "--from: nothing was known yet on {day}: name a later day, of which something was",
            day=began.astimezone(settings.zone).date(),
        )
    note = {"by": "replay", "source": held_back.lake.path.parent.name}
    lake.append(_chain(first, parts), app=BULK_APP, batch=1, note=note)
    rebuild(store, lake, range(lake.buckets))
    with store.write() as connection:
        counters.put(connection, "bulk", 1)


def _noted(store: Store, parts: Iterable[tuple[int, pa.Table]]) -> Iterator[tuple[int, pa.Table]]:
    """The parts that have events, their customers and channels noted in the store."""
    for bucket, events in parts:
        if not len(events):
            continue
        channels = pc.unique(events.column("channel")).drop_null().to_pylist()
        with store.write() as connection:
            add_customers(connection, first_instants(events))
            mention(connection, channels=map(str, channels), item_ids=())
        yield bucket, _by_api(events)


def _by_api(events: pa.Table) -> pa.Table:
    """The events as if they had always come as those of the replay do: to monitoring their source is the same one."""
    place = events.schema.get_field_index("source")
    sources = pa.repeat(LIVE_SOURCE, len(events)).cast(events.schema.field(place).type)
    return events.set_column(place, events.schema.field(place), sources)


def _chain(
    first: tuple[int, pa.Table], rest: Iterator[tuple[int, pa.Table]]
) -> Iterator[tuple[int, pa.Table]]:
    yield first
    yield from rest
