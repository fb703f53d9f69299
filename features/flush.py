"""Moves live events from the store to the lake, each batch once, and into the histories."""

from collections import defaultdict

from sqlalchemy import Connection, delete, select

from core.ids import bucket_of, stable_key
from core.storage import Store
from core.storage.lookup import rows_of
from features import counters
from features.contract import Event
from features.lake import BULK_APP, LIVE_APP, LOCK_WAIT_SECONDS, Lake
from features.lake_rows import keyed
from features.packing import unpack_keys
from features.records import from_payload, to_table
from features.recovery import check_same_home
from features.stored_histories import fold, rebuilds
from features.tables import History, RecentEvent

EVENTS_A_BATCH = 50_000


def flush(store: Store, lake: Lake, *, wait_seconds: float = LOCK_WAIT_SECONDS) -> int:
    """Move what was accepted since the last flush; how many events that were.

    The lake's own transaction version says which batch it holds. If the process died between the lake and the
    store, the batch is there already and only the store's half is done again. Two flushers take turns, on one
    machine and on two.

    Raises:
        LakeBusyError: Another process writes to the lake for longer than `wait_seconds`.
        UnavailableError: The lake is gone.
        ConflictError: The lake is not this store's.
    """
    with lake.writing(wait_seconds), store.turn("lake"):
        check_same_home(store, lake)
        lake.create()
        moved = _move(store, lake)
        if moved:
            lake.compact()
        return moved


def _move(store: Store, lake: Lake) -> int:
    there = lake.transaction_version(LIVE_APP)
    with store.read() as connection:
        start = counters.value(connection, "flushed")
        accepted = counters.value(connection, "accepted")
        end = there if there > start else min(accepted, start + EVENTS_A_BATCH)
        events = _events(connection, start, end)
        fresh = _not_in_histories(connection, events)
        behind = counters.value(connection, "bulk") < lake.transaction_version(BULK_APP)
    if end == start:
        return 0
    if there < end:
        _append(lake, _not_in_lake(lake, fresh) if behind else fresh, end)
    while not _forget(store, start, end, rebuilt=_fold(store, fresh)):
        pass  # a load has rebuilt histories meanwhile: they may lack these events
    return len(events)


def _events(connection: Connection, start: int, end: int) -> list[Event]:
    rows = connection.scalars(
        select(RecentEvent.payload)
        .where(RecentEvent.seq > start, RecentEvent.seq <= end)
        .order_by(RecentEvent.seq)
    )
    return [from_payload(payload) for payload in rows]


def _not_in_histories(connection: Connection, events: list[Event]) -> list[Event]:
    """Without those that a bulk load has brought meanwhile."""
    names = {event.customer_id for event in events}
    rows = rows_of(connection, select(History.customer_id, History.packed), History.customer_id, names)
    held = {row.customer_id: set(unpack_keys(row.customer_id, row.packed).tolist()) for row in rows}
    return [e for e in events if stable_key(e.event_id) not in held.get(e.customer_id, ())]


def _not_in_lake(lake: Lake, events: list[Event]) -> list[Event]:
    """Without those of a bulk load that is in the lake and not in the histories yet."""
    buckets = {bucket_of(event.customer_id, lake.buckets) for event in events}
    held: set[int] = set()
    for bucket in buckets:
        held.update(lake.read_bucket(bucket, ["event_key"]).column("event_key").to_numpy().tolist())
    return [event for event in events if stable_key(event.event_id) not in held]


def _append(lake: Lake, events: list[Event], end: int) -> None:
    by_bucket: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_bucket[bucket_of(event.customer_id, lake.buckets)].append(event)
    parts = ((bucket, keyed(to_table(found), lake.buckets)) for bucket, found in sorted(by_bucket.items()))
    lake.append(parts, app=LIVE_APP, batch=end, note={"by": "flush"})


def _fold(store: Store, events: list[Event]) -> int:
    by_customer: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_customer[event.customer_id].append(event)
    return fold(store, by_customer)


def _forget(store: Store, start: int, end: int, *, rebuilt: int) -> bool:
    """Forget the live events that stand in the histories now; whether they still do."""
    with store.write() as connection:
        if counters.value(connection, "flushed") == start:
            if rebuilds(connection) != rebuilt:
                return False
            counters.put(connection, "flushed", end)
            connection.execute(delete(RecentEvent).where(RecentEvent.seq <= end))
    return True
