"""Reviewers' decisions posted to a store, as the API's feedback does."""

from collections.abc import Mapping
from datetime import datetime

from core.settings import Settings
from core.storage import Store
from review.decisions import Decision, record
from tags.taxonomy import load_taxonomy


def decide(
    settings: Settings, store: Store, tag: str, accepted: Mapping[str, bool], *, at: datetime, call: str = ""
) -> None:
    """One decision on the tag for each customer, about that instant and told at it."""
    definition = load_taxonomy(settings.taxonomy)[tag]
    with store.write() as connection:
        for customer, value in accepted.items():
            decision = Decision(f"{call}{tag}-{customer}-{at}", customer, tag, value, "reviewer", at)
            record(connection, decision, definition, now=at, zone=settings.zone)
