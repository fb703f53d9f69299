"""Channels and items that only events name: noted, so that features and profiles know of them."""

from collections.abc import Iterable

from sqlalchemy import Connection

from core.ids import stable_key
from core.storage.bulk import Row, insert_missing
from features.tables import Channel, Item


def mention(connection: Connection, *, channels: Iterable[str], item_ids: Iterable[str]) -> None:
    """Add what is not there yet; what the catalogue says of an item stays."""
    insert_missing(connection, Channel, ("channel",), [(channel,) for channel in sorted(channels)])
    bare: list[Row] = [(item_id, stable_key(item_id), []) for item_id in sorted(item_ids)]
    insert_missing(connection, Item, ("item_id", "item_key", "category_paths"), bare)
