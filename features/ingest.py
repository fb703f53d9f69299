"""Loads a shop's files: to the lake in one commit, with the store's catalogue, facts and histories."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from filelock import Timeout
from sqlalchemy import Connection

from core.clock import Clock
from core.errors import ConflictError, InvalidInputError
from core.ids import content_id, stable_key
from core.language import Text
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import insert_new, upsert
from features import counters
from features.contract import EventTypes, Reject
from features.lake import BULK_APP, Lake
from features.mentions import mention
from features.recovery import add_customers, check_same_home, complete_last_load, first_instants, loading
from features.shop import read_event_types
from features.sources.checking.warnings import mapping_warnings
from features.sources.customers import attribute_definitions, read_attributes
from features.sources.events import EventBatch, count_rows, read_events
from features.sources.items import read_items
from features.sources.mapping import Mapping
from features.staging import Staging, staging_folder
from features.stored_histories import rebuild
from features.tables import Attribute, AttributeKind, EventType, Item, Rejected

LOCK_WAIT_SECONDS = 600.0

Progress = Callable[[str, int], None]  # (step, rows done in it)


@dataclass
class Report:
    """What became of the rows."""

    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    items: int = 0
    facts: int = 0
    customers: int = 0
    accepted_by_type: Counter[str] = field(default_factory=Counter)
    lake_version: int = 0
    warnings: list[Text] = field(default_factory=list)


def ingest(
    mapping: Mapping,
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    expected_events: int | None = None,
    progress: Progress = lambda _step, _rows: None,
    wait_seconds: float = LOCK_WAIT_SECONDS,
) -> Report:
    """Load everything that the mapping names; loading the same files again changes nothing.

    `expected_events` is what `count_rows` gives, where somebody has asked already.

    Events become visible all at once. If the process dies, what was visible before still is, and the same
    command run again completes the load. A second load at the same time waits for the first.

    Raises:
        InvalidInputError: The mapping does not fit its files; nothing was loaded.
        ConflictError: Another load holds the home for longer than `wait_seconds`.
    """
    try:
        with loading(settings, wait_seconds=wait_seconds), store.turn("ingest"):
            return _Ingest(mapping, settings, store, clock.now(), progress).run(expected_events)
    except Timeout:
        raise ConflictError(
            "Another load is running in {home}: wait for it to end, then start again", home=settings.home
        ) from None


class _Ingest:
    """One load, step by step."""

    def __init__(
        self, mapping: Mapping, settings: Settings, store: Store, now: datetime, progress: Progress
    ) -> None:
        self.mapping = mapping
        self.settings = settings
        self.store = store
        self.now = now
        self.progress = progress
        self.report = Report()
        self.known_items: set[str] = set()
        self.lake = Lake(settings.lake_path, buckets=settings.lake_buckets)

    def run(self, expected_events: int | None) -> Report:
        self._check_currency()
        check_same_home(self.store, self.lake)
        with self.store.read() as connection:
            types = read_event_types(connection).with_own(self.mapping.event_types)
        events = read_events(  # checks the files first
            self.mapping, types=types, zone=self.settings.zone, now=self.now
        )
        if expected_events is None:
            expected_events = count_rows(self.mapping)
        self.lake.create(expected_events=expected_events)
        self.report.warnings = mapping_warnings(self.mapping)
        complete_last_load(self.store, self.lake)
        self._register(types)
        self._load_items()
        self._load_attributes()
        self._load_events(events)
        return self.report

    def _check_currency(self) -> None:
        told, counted = self.mapping.currency, self.settings.currency
        if told and told != counted:
            raise InvalidInputError(
                "currency: the mapping says {told}, but this home counts in {counted}; set TAGLOOP_CURRENCY={told}, "
                "or currency in tagloop.toml",
                told=told,
                counted=counted,
            )

    def _register(self, types: EventTypes) -> None:
        own = [{"type": name, "role": types.roles[name].value} for name in self.mapping.event_types]
        kinds = [
            {
                "key": d.key,
                "kind": d.kind,
                "levels": list(d.levels),
                "name_en": d.name_en,
                "name_zh": d.name_zh,
            }
            for d in attribute_definitions(self.mapping)
        ]
        with self.store.write() as connection:
            upsert(connection, EventType, own)
            upsert(connection, AttributeKind, kinds)

    def _load_items(self) -> None:
        for batch in read_items(self.mapping):
            rows = [{**row, "item_key": stable_key(row["item_id"])} for row in batch.table.to_pylist()]
            with self.store.write() as connection:
                upsert(connection, Item, rows)
                counters.advance(connection, "catalogue")
                self._keep_rejects(connection, batch.rejects)
            self.known_items.update(row["item_id"] for row in rows)
            self.report.items = len(self.known_items)
            self.report.skipped += batch.skipped
            self.progress("items", self.report.items)

    def _load_attributes(self) -> None:
        for batch in read_attributes(self.mapping, zone=self.settings.zone):
            rows = batch.table.to_pylist()
            for row in rows:
                row["fact_id"] = content_id(
                    row["customer_id"], row["key"], row["value"], str(row["observed_at"])
                )
            with self.store.write() as connection:
                insert_new(connection, Attribute, rows)
                counters.advance(connection, "facts")
                self._keep_rejects(connection, batch.rejects)
            self.report.facts += len(rows)
            self.report.skipped += batch.skipped
            self.progress("attributes", self.report.facts)

    def _load_events(self, events: Iterator[EventBatch]) -> None:
        with Staging(staging_folder(self.settings.home), self.lake) as staging:
            done = 0
            for batch in events:
                staging.add(batch.table)
                with self.store.write() as connection:
                    self._keep_rejects(connection, batch.rejects)
                done += batch.rows_read
                self.report.skipped += batch.skipped
                self.progress("events", done)
            with self.lake.writing(), self.store.turn("lake"):
                touched = self._commit(staging)
        for bucket, names in touched.items():
            rebuild(self.store, self.lake, [bucket], names)
            self.progress("histories", bucket + 1)
        with self.store.write() as connection:
            counters.put(connection, "bulk", self.lake.transaction_version(BULK_APP))
            self.report.lake_version = self.lake.version()

    def _commit(self, staging: Staging) -> dict[int, set[str]]:
        """Append what is new to the lake, all at once; the customers it is about, by bucket."""
        touched: dict[int, set[str]] = {}

        def parts() -> Iterator[tuple[int, pa.Table]]:
            for bucket, fresh, duplicates in staging.fresh():
                self.report.duplicates += duplicates
                if not len(fresh):
                    continue
                self._mention(fresh)
                touched[bucket] = set(self._add_customers(first_instants(fresh)))
                self.report.accepted += len(fresh)
                yield bucket, fresh
                self.progress("commit", bucket + 1)

        fresh_parts = parts()
        first = next(fresh_parts, None)
        if first is not None:
            batch = (
                max(self.lake.transaction_version(BULK_APP), 0) + 1
            )  # above the counter's 0 from the first on
            note = {"by": "ingest", "source": self.mapping.source}
            self.lake.append(_chain(first, fresh_parts), app=BULK_APP, batch=batch, note=note)
        return touched

    def _mention(self, events: pa.Table) -> None:
        """Note channels and items that only events name, and count the types."""
        channels = _distinct_texts(events, "channel")
        named = _distinct_texts(events, "item_id")
        with self.store.write() as connection:
            mention(connection, channels=channels, item_ids=named - self.known_items)
        self.known_items |= named
        self.report.accepted_by_type.update(str(type_) for type_ in events.column("type").to_pylist())

    def _add_customers(self, first_seen: dict[str, datetime]) -> list[str]:
        with self.store.write() as connection:
            add_customers(connection, first_seen)
        self.report.customers += len(first_seen)
        return list(first_seen)

    def _keep_rejects(self, connection: Connection, rejects: list[Reject]) -> None:
        rows = [
            {
                "reject_id": content_id(r.source, r.file, str(r.line), r.reason, r.detail, r.content),
                "source": r.source,
                "file": r.file,
                "line": r.line,
                "reason": r.reason,
                "detail": r.detail,
                "content": r.content,
                "rejected_at": self.now,
            }
            for r in rejects
        ]
        insert_new(connection, Rejected, rows)
        self.report.rejected.update(reject.reason for reject in rejects)


def _chain(
    first: tuple[int, pa.Table], rest: Iterator[tuple[int, pa.Table]]
) -> Iterator[tuple[int, pa.Table]]:
    yield first
    yield from rest


def _distinct_texts(events: pa.Table, column: str) -> set[str]:
    return {str(text) for text in pc.unique(events.column(column)).drop_null().to_pylist()}
