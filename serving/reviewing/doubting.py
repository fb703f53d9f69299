"""Looks once a day for decisions that are likely wrong."""

from datetime import datetime

from core.settings import Settings
from core.storage import Store
from review.label_errors import find_label_errors, keep_label_errors
from serving.snapshot import load_tags


def look_for_errors(settings: Settings, store: Store, now: datetime) -> int:
    """Keep the list of them for the pages that show it; gives how many there are."""
    tags = [tag.key for tag in load_tags(settings, store).current]
    with store.read() as connection:
        found = find_label_errors(connection, tags)
    with store.write() as connection:
        keep_label_errors(connection, found, now=now)
    return len(found)
