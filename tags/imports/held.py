"""Applies rows of imports that waited for their customers, once these appear."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from core.storage import Store
from core.storage.by_keys import ByKeys, several
from core.storage.lookup import rows_of
from tags.definition import Status
from tags.imports.importing import Job, claim_of
from tags.imports.record import Kept, import_of, refused_row, save
from tags.imports.refusals import why
from tags.imports.rows import APPLIED, HELD, REFUSED, Outcome, Statement
from tags.imports.sorting import known_among
from tags.imports.tables import HeldTag
from tags.profile.book import put
from tags.profile.claims import NEVER
from tags.taxonomy import Taxonomy

CUSTOMERS_AT_ONCE = 5_000

_WAITING = ByKeys(select(HeldTag.customer_id).where(HeldTag.customer_id.in_(several())))


def apply_held(
    connection: Connection, customer_ids: Collection[str], *, taxonomy: Taxonomy, now: datetime
) -> int:
    """Apply what was held for these customers, who exist now; how many rows were applied.

    Where nothing is held this is one look-up. A row whose tag was retired meanwhile, or which would have lapsed by now,
    is refused then, and its import says so.
    """
    waiting = _waiting(connection, customer_ids)
    if not waiting:
        return 0
    chosen = select(HeldTag).order_by(HeldTag.seq)
    rows = list(rows_of(connection, chosen, HeldTag.customer_id, waiting))
    by_import: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_import[row.import_id].append(row)
    applied = 0
    for import_id, own in by_import.items():
        applied += _apply(connection, import_of(connection, import_id), own, taxonomy, now)
    for start in range(0, len(waiting), CUSTOMERS_AT_ONCE):
        some = waiting[start : start + CUSTOMERS_AT_ONCE]
        connection.execute(delete(HeldTag).where(HeldTag.customer_id.in_(some)))
    return applied


def apply_all_held(store: Store, *, taxonomy: Taxonomy, now: datetime) -> int:
    """Apply what was held for customers who exist now, as after a file of events was loaded."""
    applied, after = 0, ""
    while True:
        with store.read() as connection:
            names = _next_waiting(connection, after)
            known = known_among(connection, names)
        if not names:
            return applied
        after = names[-1]
        if known:
            with store.write() as connection:
                applied += apply_held(connection, known, taxonomy=taxonomy, now=now)


def _waiting(connection: Connection, customer_ids: Collection[str]) -> list[str]:
    return sorted({row[0] for row in _WAITING.rows(connection, list(customer_ids))})


def _next_waiting(connection: Connection, after: str) -> Sequence[str]:
    chosen = select(HeldTag.customer_id).where(HeldTag.customer_id > after).distinct()
    return connection.scalars(chosen.order_by(HeldTag.customer_id).limit(CUSTOMERS_AT_ONCE)).all()


def _apply(
    connection: Connection, kept: Kept, rows: Sequence[Row[Any]], taxonomy: Taxonomy, now: datetime
) -> int:
    job = Job(kept.import_id, kept.file, kept.content_sha256, kept.made_by, kept.made_at)
    statements = [_statement(row) for row in rows]
    refused = [found for one in statements if (found := _refusal(one, taxonomy, now)) is not None]
    lines = {(one.line, one.tag) for one in refused}
    fitting = [one for one in statements if (one.line, one.tag) not in lines]
    versions = taxonomy.versions
    put(connection, [claim_of(job, one, versions) for one in fitting], taxonomy=taxonomy, now=now)
    tally = kept.tally
    tally.counts[HELD] -= len(rows)
    tally.counts[APPLIED] += len(fitting)
    tally.counts[REFUSED] += len(refused)
    tally.refused.extend(refused_row(one) for one in refused)
    save(connection, replace(kept, tally=tally))
    return len(fitting)


def _refusal(one: Statement, taxonomy: Taxonomy, now: datetime) -> Outcome | None:
    tag = taxonomy.get(one.tag)
    if tag is None or tag.status is Status.RETIRED:
        words = why("retired_tag", tag=one.tag)
        return Outcome(one.line, one.customer_id, one.tag, REFUSED, "retired_tag", words)
    if one.until <= now:
        words = why("already_past", until=one.until.isoformat())
        return Outcome(one.line, one.customer_id, one.tag, REFUSED, "already_past", words)
    return None


def _statement(row: Row[Any]) -> Statement:
    return Statement(
        row.line, row.customer_id, row.tag, row.carries, row.value, row.confidence, row.holds_until or NEVER
    )
