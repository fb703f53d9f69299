"""A customer's profile: what is known, what is predicted, what happened last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from core.clock import Clock, from_us
from core.settings import Settings
from core.storage import Store
from features.catalogue import Catalogue
from features.contract import EVENT_SCHEMA, INSTANT
from features.histories import Floats
from features.kernel import columns
from features.lake import Lake
from features.online import OnlineFeatures
from features.records import to_payload
from features.recovery import check_lake_is_there
from features.shop import read_event_types
from features.spec import FeatureSpec
from features.stored_histories import known_customers, read_recent
from features.tables import Attribute, AttributeKind, Item
from serving.composing import about, answer_together
from serving.phrases import NO_MODEL, no_such_customer
from serving.snapshot import Snapshot
from serving.stored import read_stored
from serving.tagging.profiles import assignments
from tags.taxonomy import Taxonomy

EVENTS_SHOWN = 20
KEY_FIGURES = (
    "days_since_last_purchase",
    "days_since_first_purchase",
    "baskets_28d",
    "baskets_84d",
    "baskets_ever",
    "spend_28d",
    "spend_84d",
    "gap_mean_days",
    "recency_over_gap_mean",
    "distinct_categories_84d",
)
_EVENT_FIELDS = (
    "event_id",
    "occurred_at",
    "type",
    "channel",
    "item_id",
    "order_id",
    "quantity",
    "amount",
    "discount",
    "currency",
    "campaign_id",
    "rating",
    "text",
)

Profile = dict[str, Any]


def profile(
    settings: Settings,
    store: Store,
    lake: Lake,
    clock: Clock,
    snapshot: Snapshot | None,
    taxonomy: Taxonomy,
    customer_id: str,
    *,
    explain: bool = False,
) -> Profile:
    """Everything to show of one customer; without a promoted model the predictions are left out.

    With `explain` the predictions come with their reasons.

    Raises:
        NotFoundError: There is no such customer.
        UnavailableError: The lake is gone, or cannot be read.
    """
    now = clock.now()
    with store.read() as connection:
        if not known_customers(connection, [customer_id]):
            raise no_such_customer(customer_id)
        check_lake_is_there(connection, lake)
        attributes = _attributes(connection, customer_id, now)
        predicted = _predicted(connection, snapshot, customer_id, now, explain=explain)
        carried = assignments(connection, taxonomy, customer_id, now)
        figures = _figures(connection, settings, snapshot, customer_id, now)
        recent = [to_payload(event) for event in read_recent(connection, [customer_id]).get(customer_id, [])]
    # The store first, then the lake: an event that moves meanwhile is then seen twice and never missed.
    events = _newest(recent, lake, customer_id, now)
    return {
        **predicted,
        "as_of": now,
        "customer_id": customer_id,
        "assignments": carried,
        "attributes": attributes,
        "figures": figures,
        "events": _with_items(store, events),
    }


def _attributes(connection: Connection, customer_id: str, now: datetime) -> list[Profile]:
    kinds = {row.key: row for row in connection.execute(select(AttributeKind.__table__))}
    rows = connection.execute(
        select(Attribute.key, Attribute.value, Attribute.observed_at).where(
            Attribute.customer_id == customer_id
        )
    )
    known = [row for row in rows if row.observed_at is None or row.observed_at < now]
    known.sort(key=lambda row: (row.key, row.observed_at is not None, row.observed_at or now))
    newest = {row.key: row for row in known}  # a later fact about the same key replaces the earlier
    return [
        {"key": key, "names": _names(kinds.get(key), key), "value": row.value, "observed_at": row.observed_at}
        for key, row in newest.items()
    ]


def _names(kind: Any, key: str) -> dict[str, str]:
    return {"en": (kind.name_en if kind else "") or key, "zh": (kind.name_zh if kind else "") or key}


def _predicted(
    connection: Connection, snapshot: Snapshot | None, customer_id: str, now: datetime, *, explain: bool
) -> Profile:
    if snapshot is None:
        nothing: Profile = {"tags": [], "rejected": [], "churn": None, "segment": None, "status": "ok"}
        return {**nothing, "no_churn_because": NO_MODEL.as_json(), "release_id": None, "models": {}}
    (answer,) = answer_together(snapshot, read_stored(connection, [customer_id]), now, explain=explain)
    return {**about(snapshot, now), **answer}


def _figures(
    connection: Connection, settings: Settings, snapshot: Snapshot | None, customer_id: str, now: datetime
) -> list[Profile]:
    features = snapshot.features if snapshot else _plain_features(connection, settings)
    found, rows = features.of_stored(connection, [customer_id], now)
    described = {column.name: (place, column) for place, column in enumerate(columns(features.spec))}
    if not found:
        return []
    return [
        {"key": name, "names": {"en": column.en, "zh": column.zh}, "value": _finite(rows, place)}
        for name in KEY_FIGURES
        if name in described
        for place, column in [described[name]]
    ]


def _plain_features(connection: Connection, settings: Settings) -> OnlineFeatures:
    """Features that need no tags and no catalogue, for a shop without a model."""
    spec = FeatureSpec(timezone=settings.timezone, roles=dict(read_event_types(connection).roles))
    return OnlineFeatures(spec, Catalogue((), ()))


def _finite(rows: Floats, place: int) -> float | None:
    value = float(rows[0, place])
    return None if value != value else value  # noqa: PLR0124 (only NaN differs from itself)


def _newest(
    recent: Sequence[Mapping[str, Any]], lake: Lake, customer_id: str, now: datetime
) -> list[Profile]:
    """The last events before the clock, newest first, each once."""
    moved = _moved(lake, customer_id, now) if lake.exists() else []
    live = [{**event, "occurred_at": from_us(event["occurred_at"])} for event in recent]
    each_once = {event["event_id"]: event for event in [*moved, *live]}
    newest = sorted(each_once.values(), key=itemgetter("occurred_at", "event_id"), reverse=True)
    return [{name: event.get(name) for name in _EVENT_FIELDS} for event in newest[:EVENTS_SHOWN]]


def _moved(lake: Lake, customer_id: str, now: datetime) -> list[Profile]:
    events = lake.read_customer(customer_id, EVENT_SCHEMA.names)
    past = events.filter(pc.less(events.column("occurred_at"), pa.scalar(now, INSTANT)))
    last: list[Profile] = past.slice(max(len(past) - EVENTS_SHOWN, 0)).to_pylist()
    return last


def _with_items(store: Store, events: Sequence[Profile]) -> list[Profile]:
    wanted = {event["item_id"] for event in events if event["item_id"]}
    with store.read() as connection:
        rows = connection.execute(
            select(Item.item_id, Item.name, Item.category_paths, Item.brand).where(Item.item_id.in_(wanted))
        )
        items = {row.item_id: row for row in rows}
    return [{**event, **_item(items.get(event["item_id"])), **_money(event)} for event in events]


def _item(item: Any) -> Profile:
    if item is None:
        return {"item_name": None, "category_path": [], "category_paths": []}
    paths = item.category_paths
    return {
        "item_name": item.name or item.brand,
        "category_path": paths[0] if paths else [],
        "category_paths": paths,
    }


def _money(event: Mapping[str, Any]) -> Profile:
    return {name: None if event[name] is None else float(event[name]) for name in ("amount", "discount")}
