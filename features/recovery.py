"""What a load that died left to do, and whether lake and store belong together."""

from datetime import datetime

import pyarrow as pa
from filelock import FileLock, Timeout
from sqlalchemy import Connection

from core.errors import ConflictError, UnavailableError
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import insert_new
from features import counters
from features.lake import BULK_APP, LIVE_APP, Lake
from features.staging import clear_staging
from features.stored_histories import rebuild
from features.tables import Customer


def recover(settings: Settings, store: Store, lake: Lake) -> bool:
    """Complete a load that died, unless one is running; whether there was anything to do."""
    if not lake.exists():
        return False
    try:
        with loading(settings, wait_seconds=0):
            clear_staging(settings.home)
            return complete_last_load(store, lake)
    except Timeout:
        return False  # whoever holds the lock will do it


def loading(settings: Settings, *, wait_seconds: float) -> FileLock:
    """The lock that a load holds from its beginning to its end."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.home / "ingest.lock", timeout=wait_seconds)


def complete_last_load(store: Store, lake: Lake) -> bool:
    """Bring the histories up to a commit after which a load died; whether one had."""
    with store.read() as connection:
        behind = counters.value(connection, "bulk") < lake.transaction_version(BULK_APP)
    if behind:
        for bucket in range(lake.buckets):
            first_seen = first_instants(lake.read_bucket(bucket, ["customer_id", "occurred_at"]))
            with store.write() as connection:
                add_customers(connection, first_seen)
        rebuild(store, lake, range(lake.buckets))
        with store.write() as connection:
            counters.put(connection, "bulk", lake.transaction_version(BULK_APP))
    return behind


def check_same_home(store: Store, lake: Lake) -> None:
    """Say nothing when the lake holds what the store says it does.

    Raises:
        UnavailableError: The lake is gone.
        ConflictError: It is another store's lake, or an older copy.
    """
    with store.read() as connection:
        check_lake_is_there(connection, lake)
        held = _held(connection)
    if any(lake.transaction_version(app) < number for app, number in held.items()):
        raise ConflictError(
            "The lake in {path} lacks events that the store counts as moved there: it is an older copy or another "
            "store's. Put the right folder back, or set TAGLOOP_DATABASE_URL to an empty database",
            path=lake.path,
        )


def check_lake_is_there(connection: Connection, lake: Lake) -> None:
    """Say nothing when there is a lake, or the store knows of no events in one.

    Raises:
        UnavailableError: The lake is gone.
    """
    if not lake.exists() and _held(connection):
        raise UnavailableError(
            "The event lake in {path} is gone, but the store knows of events in it: put the folder back, or set "
            "TAGLOOP_HOME to the home that has it",
            path=lake.path,
        )


def _held(connection: Connection) -> dict[str, int]:
    """The last batch of each writer that the store says is in the lake, if there was one."""
    last = {BULK_APP: counters.value(connection, "bulk"), LIVE_APP: counters.value(connection, "flushed")}
    return {app: batch for app, batch in last.items() if batch}


def add_customers(connection: Connection, first_seen: dict[str, datetime]) -> None:
    """Note customers that are new."""
    rows = [{"customer_id": name, "first_seen_at": instant} for name, instant in first_seen.items()]
    insert_new(connection, Customer, rows)


def first_instants(events: pa.Table) -> dict[str, datetime]:
    """Each customer of the events with the first instant."""
    place = events.schema.get_field_index("customer_id")
    plain = events.set_column(place, "customer_id", events.column("customer_id").cast(pa.string()))
    first = plain.group_by("customer_id").aggregate([("occurred_at", "min")]).to_pylist()
    return {row["customer_id"]: row["occurred_at_min"] for row in first}
