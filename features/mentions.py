"""Channels and items that only events name: noted, so that features and profiles know of them."""

from collections.abc import Iterable

from sqlalchemy import Connection

from core.ids import stable_key
from core.storage.upsert import insert_new
from features.tables import Channel, Item


def mention(connection: Connection, *, channels: Iterable[str], item_ids: Iterable[str]) -> None:
    """Add what is not there yet; what the catalogue says of an item stays."""
    insert_new(connection, Channel, [{"channel": channel} for channel in sorted(channels)])
    insert_new(connection, Item, [_bare(item_id) for item_id in sorted(item_ids)])


def _bare(item_id: str) -> dict[str, object]:
    """An item of which nothing but the id is known."""
    return {
        "item_id": item_id,
        "item_key": stable_key(item_id),
        "name": None,
        "category_paths": [],
        "brand": None,
    }
