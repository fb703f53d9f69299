"""Events as the conditions of triggers read them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.storage.by_keys import ByKeys, several
from features.catalogue import category_of
from features.contract import Event
from features.tables import Item

_PLACES = ByKeys(select(Item.item_id, Item.category_paths).where(Item.item_id.in_(several())))

_PLAIN = (
    "type",
    "channel",
    "amount",
    "discount",
    "quantity",
    "rating",
    "item_id",
    "order_id",
    "location_id",
    "campaign_id",
)


def fields_of(
    events: Sequence[Event], zone: ZoneInfo, categories: Mapping[str, str] | None = None
) -> dict[str, list[Any]]:
    """The fields of events by name, one value each; None where an event has none.

    `categories` are those of the items, where they are asked for.
    """
    local = [event.occurred_at.astimezone(zone) for event in events]
    return {
        **{name: [getattr(event, name) for event in events] for name in _PLAIN},
        "day": [at.date() for at in local],
        "hour": [at.hour for at in local],
        "category": [(categories or {}).get(event.item_id or "") for event in events],
        "property": [json.loads(event.properties) if event.properties else {} for event in events],
    }


def categories_of(connection: Connection, events: Sequence[Event]) -> dict[str, str]:
    """The category of each item that the events name and the catalogue places; of several places the first."""
    named = {event.item_id for event in events if event.item_id}
    rows = _PLACES.rows(connection, sorted(named))
    return {item_id: category_of(paths[0])[1] for item_id, paths in rows if paths}
