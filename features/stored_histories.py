"""Histories kept in the store: read them for some customers, rebuild them from the lake."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, select

from core.storage import Store
from core.storage.bulk import upsert_many
from core.storage.by_keys import ByKeys, several
from core.storage.room import room_after
from features import counters
from features.assemble import COLUMNS, from_events
from features.contract import Event
from features.histories import Histories
from features.lake import Lake
from features.merging import merge
from features.packing import pack
from features.records import from_payload, to_histories
from features.tables import Attribute, Counter, Customer, History, RecentEvent
from features.unpacking import unpack_all

CUSTOMERS_A_TURN = 16
"""Are written in one transaction: an event that comes meanwhile waits for its end."""

_HISTORY = ("customer_id", "n_events", "packed")
_PACKED = ByKeys(select(History.customer_id, History.packed).where(History.customer_id.in_(several())))
_FLUSHED = select(Counter.value).where(Counter.name == "flushed").scalar_subquery()
_RECENT = ByKeys(
    select(RecentEvent.customer_id, RecentEvent.payload)
    .where(RecentEvent.customer_id.in_(several()), RecentEvent.seq > func.coalesce(_FLUSHED, 0))
    .order_by(RecentEvent.seq)
)
_EXISTING = ByKeys(
    select(Customer.customer_id)
    .where(Customer.customer_id.in_(several()))
    .union(select(Attribute.customer_id).where(Attribute.customer_id.in_(several())))
)


def read_packed(connection: Connection, customer_ids: Sequence[str]) -> dict[str, bytes]:
    """What of each customer's events is in the lake, as `features.packing` keeps it."""
    return {row[0]: row[1] for row in _PACKED.rows(connection, customer_ids)}


def read_recent(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[Event]]:
    """The live events of each customer that are not in the histories yet."""
    found: dict[str, list[Event]] = defaultdict(list)
    for customer_id, payload in _RECENT.rows(connection, customer_ids):
        found[customer_id].append(from_payload(payload))
    return found


def fold(store: Store, events_of: Mapping[str, Sequence[Event]]) -> int:
    """Add live events to the stored histories; the number of rebuilds that they have behind them then.

    Some customers at a time are worked out while others write, and written in a short turn. Readers do not mind: an
    event that stands in a history and among the live ones counts once. What `rebuild` has written meanwhile may lack
    the events: whoever goes on checks in a transaction that there was no other (`rebuilds`), or folds again.
    """
    while True:
        with store.read() as connection:
            seen = rebuilds(connection)
        names = list(events_of)
        turns = (names[start : start + CUSTOMERS_A_TURN] for start in range(0, len(names), CUSTOMERS_A_TURN))
        if all(_fold_some(store, {name: events_of[name] for name in some}, seen) for some in turns):
            return seen


def _fold_some(store: Store, events_of: Mapping[str, Sequence[Event]], seen: int) -> bool:
    """Fold events of some customers; nothing where histories were rebuilt since."""
    with store.read() as connection:
        packed = read_packed(connection, list(events_of))
    histories = wholes(list(events_of), [packed.get(name) for name in events_of], list(events_of.values()))
    rows = [_row(name, histories, place) for place, name in enumerate(events_of)]
    with room_after(), store.write() as connection:
        if rebuilds(connection) != seen:
            return False
        upsert_many(connection, History, _HISTORY, rows)
    return True


def rebuilds(connection: Connection) -> int:
    """How often histories were written by `rebuild`."""
    return counters.value(connection, "rebuilt")


def rebuild(store: Store, lake: Lake, buckets: Iterable[int], customer_ids: set[str] | None = None) -> None:
    """Make the stored histories of those buckets (of those customers only, if given) from the lake again."""
    for bucket in buckets:
        while not _rebuild_bucket(store, lake, bucket, customer_ids):
            pass  # live events were folded in meanwhile: the lake was read too early


def _rebuild_bucket(store: Store, lake: Lake, bucket: int, customer_ids: set[str] | None) -> bool:
    with store.read() as connection:
        flushed = counters.value(connection, "flushed")
    histories = from_events(lake.read_bucket(bucket, COLUMNS))
    places = [
        i for i, name in enumerate(histories.customer_ids) if customer_ids is None or name in customer_ids
    ]
    rows = [_row(histories.customer_ids[place], histories, place) for place in places]
    with store.write() as connection:
        if counters.value(connection, "flushed") != flushed:
            return False
        upsert_many(connection, History, _HISTORY, rows)
        counters.advance(connection, "rebuilt")
    return True


def wholes(
    customer_ids: Sequence[str],
    packed: Sequence[bytes | None],
    recent: Sequence[Sequence[Event]],
) -> Histories:
    """The histories of both parts of those customers (at least one), in their order, without facts."""
    stored = unpack_all(customer_ids, packed)
    if not any(recent):
        return stored
    return merge(stored, to_histories(dict(zip(customer_ids, recent, strict=True))))


def _row(customer_id: str, histories: Histories, place: int) -> tuple[str, int, bytes]:
    n_events = int(histories.offsets[place + 1] - histories.offsets[place])
    return customer_id, n_events, pack(histories, place)


def known_customers(connection: Connection, customer_ids: Sequence[str]) -> set[str]:
    """Which of those customers exist: they had an event, or a source told a fact about them."""
    return {row[0] for row in _EXISTING.rows(connection, customer_ids)}
