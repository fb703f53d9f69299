"""Are the stored profiles what their claims come to? Worked out anew, and held against what is stored."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from tags.profile.carrying import carrying_of
from tags.profile.ledger import Kept, read_pages
from tags.profile.resolve import Standing, resolve
from tags.taxonomy import Taxonomy

Ahead = set[tuple[str, datetime | None, datetime, int]]
"""By tag from when (None: it runs already) until when it is carried, and by which claim."""


def disagreeing(
    connection: Connection, customer_ids: Sequence[str], *, taxonomy: Taxonomy, now: datetime
) -> list[str]:
    """Those of the customers whose profile from now on is not what their standing claims come to."""
    standing, spans = read_pages(connection, customer_ids)
    carrying = carrying_of(taxonomy)
    found = []
    for name in customer_ids:
        claims: Sequence[Standing] = standing.get(name, [])
        expected = {
            (tag, began_at if began_at > now else None, ended_at, claim.seq)
            for tag, began_at, ended_at, claim in resolve(claims, carrying, now)
        }
        if _ahead(spans.get(name, ()), now) != expected:
            found.append(name)
    return found


def _ahead(spans: Sequence[Kept], now: datetime) -> Ahead:
    return {
        (span.tag, span.began_at if span.began_at > now else None, span.ended_at, span.claim)
        for span in spans
        if span.ended_at > now
    }
