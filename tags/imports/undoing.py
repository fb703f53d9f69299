"""Takes an import back as a whole: what it brought ends, what it had replaced of earlier imports returns."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from core.errors import ConflictError
from core.storage import Store
from core.storage.lookup import rows_of
from tags.imports.importing import TURN_SECONDS
from tags.imports.record import Kept, import_of, imports, save
from tags.imports.sorting import Place
from tags.imports.tables import HeldTag
from tags.profile.because import Because
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.tables import ClaimRow
from tags.taxonomy import Taxonomy

CLAIMS_AT_ONCE = 5_000


def undo(store: Store, import_id: str, *, by: str, taxonomy: Taxonomy, now: datetime) -> tuple[Kept, int]:
    """Take an import back; how many claims of it ended.

    The import counts as undone from the first transaction on, so nothing of it is applied any more; a process that is
    killed leaves the rest to the next call, which goes on.

    Raises:
        NotFoundError: There is no such import.
        ConflictError: It was undone before, and nothing of it is left.
    """
    with store.write() as connection:
        kept = import_of(connection, import_id)
        was_undone = kept.undone_at is not None
        if not was_undone:
            kept = replace(kept, undone_at=now, undone_by=by)
            save(connection, kept)
        connection.execute(delete(HeldTag).where(HeldTag.import_id == import_id))
    ended = 0
    while taken := _take_back(store, import_id, taxonomy, now):
        ended += taken
        time.sleep(TURN_SECONDS)
    if was_undone and not ended:
        raise ConflictError(
            "The import {id} was undone on {at} by {by}",
            id=repr(import_id),
            at=f"{kept.undone_at:%Y-%m-%d %H:%M}",
            by=kept.undone_by,
        )
    return kept, ended


def _take_back(store: Store, import_id: str, taxonomy: Taxonomy, now: datetime) -> int:
    with store.write() as connection:
        chosen = select(ClaimRow.customer_id, ClaimRow.tag).where(
            ClaimRow.source == Source.IMPORT.value,
            ClaimRow.source_version == import_id,
            ClaimRow.ended_at.is_(None),
        )
        places: list[Place] = [
            (customer_id, tag) for customer_id, tag in connection.execute(chosen.limit(CLAIMS_AT_ONCE))
        ]
        if places:
            put(
                connection,
                _returning(connection, import_id, places, now),
                taxonomy=taxonomy,
                now=now,
                ended=[(customer_id, tag, Source.IMPORT) for customer_id, tag in places],
                because=Because.UNDONE,
            )
        return len(places)


def _returning(connection: Connection, import_id: str, places: Sequence[Place], now: datetime) -> list[Claim]:
    """What earlier imports said that this one had replaced, as it stood."""
    undone = {kept.import_id for kept in imports(connection) if kept.undone_at is not None}
    former = _former(connection, import_id, {customer_id for customer_id, _ in places}, undone, now)
    return [_again(former[place]) for place in places if place in former]


def _former(
    connection: Connection, import_id: str, customer_ids: Iterable[str], undone: set[str], now: datetime
) -> Mapping[Place, Row[Any]]:
    query = select(ClaimRow).where(
        ClaimRow.source == Source.IMPORT.value,
        ClaimRow.source_version != import_id,
        ClaimRow.ended_because == Because.SUPERSEDED,
    )
    rows = rows_of(connection, query.order_by(ClaimRow.seq), ClaimRow.customer_id, list(customer_ids))
    return {
        (row.customer_id, row.tag): row  # of several the last one
        for row in rows
        if row.source_version not in undone and row.holds_until > now
    }


def _again(row: Row[Any]) -> Claim:
    return Claim(
        claim_id=None,
        customer_id=row.customer_id,
        tag=row.tag,
        tag_version=row.tag_version,
        source=Source.IMPORT,
        source_version=row.source_version,
        carries=row.carries,
        value=row.value,
        confidence=row.confidence,
        evidence=row.evidence,
        as_of=row.as_of,
        until=row.holds_until,
    )
