"""What people say of customers' tags now: reviewers' decisions and plain edits alike."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.storage.by_keys import ByKeys, several
from review.decisions import Decision, Recorded, Standing, decided, record
from tags.profile.because import Because
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.tables import ClaimRow
from tags.taxonomy import Taxonomy

OF_DECISIONS = "decision:"
"""Ids of decisions begin so in the book, that no other source's are the same."""

_SAID = ByKeys(
    select(
        ClaimRow.customer_id,
        ClaimRow.tag,
        ClaimRow.carries,
        ClaimRow.source_version,
        ClaimRow.as_of,
        ClaimRow.began_at,
        ClaimRow.holds_until,
    ).where(
        ClaimRow.customer_id.in_(several()),
        ClaimRow.source == Source.PERSON.value,
        ClaimRow.ended_at.is_(None),
    )
)


def decide(
    connection: Connection, decision: Decision, taxonomy: Taxonomy, *, now: datetime, zone: ZoneInfo
) -> Recorded:
    """Keep a decision as a label, and as a person's word on the customer's profile, in one transaction.

    Raises:
        NotFoundError: There is no such tag.
        InvalidInputError: It is about an instant after the clock.
        ConflictError: Its id was used before for another decision.
    """
    recorded = record(connection, decision, taxonomy[decision.tag], now=now, zone=zone)
    if recorded.is_new:
        claim = claim_of(decision, taxonomy.versions[decision.tag], now, recorded.holds_until)
        put(connection, [claim], taxonomy=taxonomy, now=now)
    return recorded


def undo(connection: Connection, decision_id: str, taxonomy: Taxonomy, *, now: datetime) -> None:
    """Take a decision back from the profile, once its label is undone; the one before it governs again, if any does."""
    row = connection.execute(
        select(ClaimRow.customer_id, ClaimRow.tag).where(
            ClaimRow.claim_id == OF_DECISIONS + decision_id, ClaimRow.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return
    ended = [(row.customer_id, row.tag, Source.PERSON)]
    before = decided(connection, [row.customer_id], now).get(row.customer_id, {}).get(row.tag)
    again = [] if before is None else [_again(row.customer_id, before, taxonomy)]
    put(connection, again, taxonomy=taxonomy, now=now, ended=ended, because=Because.WITHDRAWN)


def _again(customer_id: str, before: Standing, taxonomy: Taxonomy) -> Claim:
    return Claim(
        claim_id=None,
        customer_id=customer_id,
        tag=before.tag,
        tag_version=taxonomy.versions.get(before.tag, 0),
        source=Source.PERSON,
        source_version=before.reviewer,
        carries=before.accepted,
        as_of=before.as_of,
        until=before.holds_until,
    )


def claim_of(decision: Decision, tag_version: int, now: datetime, until: datetime) -> Claim:
    """What a decision says of the customer's profile."""
    shown = {"shown_confidence": decision.shown_confidence, "shown_model": decision.shown_model}
    told = {"decision_id": decision.decision_id, "note": decision.note, **shown}
    return Claim(
        claim_id=OF_DECISIONS + decision.decision_id,
        customer_id=decision.customer_id,
        tag=decision.tag,
        tag_version=tag_version,
        source=Source.PERSON,
        source_version=decision.reviewer,
        carries=decision.accepted,
        as_of=decision.as_of or now,
        until=until,
        evidence={name: value for name, value in told.items() if value is not None},
    )


def read_words(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[Standing]]:
    """By customer what people say, at most one word on a tag; one whose time has passed may be among them."""
    said: dict[str, list[Standing]] = {}
    for customer_id, *word in _SAID.rows(connection, customer_ids):
        said.setdefault(customer_id, []).append(Standing(*word))
    return said
