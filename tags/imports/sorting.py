"""Tells of statements which are new, which were said before, and which wait for their customer."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.storage.by_keys import ByKeys, several
from features.stored_histories import known_customers
from tags.imports.refusals import why
from tags.imports.rows import APPLIED, HELD, REFUSED, REPEATED, Content, Outcome, Statement
from tags.imports.tables import HeldTag
from tags.profile.claims import NEVER, Source
from tags.profile.tables import ClaimRow

Place = tuple[str, str]
"""A customer and a tag."""


_STANDING = ByKeys(
    select(
        ClaimRow.customer_id,
        ClaimRow.tag,
        ClaimRow.source_version,
        ClaimRow.evidence,
        ClaimRow.carries,
        ClaimRow.value,
        ClaimRow.confidence,
        ClaimRow.holds_until,
        ClaimRow.source,
        # Without a word on the source, by whose index SQLite would read all that was ever imported, each time.
    ).where(ClaimRow.customer_id.in_(several()), ClaimRow.ended_at.is_(None))
)
_HELD = ByKeys(
    select(
        HeldTag.customer_id,
        HeldTag.tag,
        HeldTag.import_id,
        HeldTag.line,
        HeldTag.carries,
        HeldTag.value,
        HeldTag.confidence,
        HeldTag.holds_until,
    )
    .where(HeldTag.customer_id.in_(several()))
    .order_by(HeldTag.seq)
)


class Said(NamedTuple):
    """What an import said before: which one, at which line, and what."""

    import_id: str
    line: int
    content: Content


@dataclass
class Sorted:
    """Statements to apply and to hold, and what became of every one, in their order."""

    apply: list[Statement] = field(default_factory=list)
    hold: list[Statement] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


def sort_out(
    connection: Connection,
    statements: Iterable[Statement],
    import_id: str,
    *,
    seen: MutableMapping[Place, Said],
) -> Sorted:
    """What to do with the statements of an import.

    The first word of an import on a customer and tag counts; another one at a later line that says otherwise is
    refused. `seen` is what this import has said already without it being in the store; it is added to.
    """
    statements = list(statements)
    customers = {statement.customer_id for statement in statements}
    known = known_among(connection, customers)
    said = {**_standing(connection, known), **_held(connection, customers - known)}
    found = Sorted()
    for statement in statements:
        place = statement.customer_id, statement.tag
        before = seen.get(place) or said.get(place)
        outcome = _told_before(statement, before, import_id) or _new(statement, known)
        found.outcomes.append(outcome)
        if outcome.outcome == APPLIED:
            found.apply.append(statement)
        elif outcome.outcome == HELD:
            found.hold.append(statement)
        else:
            continue
        seen[place] = Said(import_id, statement.line, statement.content)
    return found


def known_among(connection: Connection, customer_ids: Collection[str]) -> set[str]:
    """Which of the customers exist, however many they are."""
    return known_customers(connection, list(customer_ids))


def _told_before(statement: Statement, before: Said | None, import_id: str) -> Outcome | None:
    line, customer_id, tag = statement[:3]
    if before is None:
        return None
    if before.import_id != import_id:
        if before.content != statement.content:
            return None  # the newer import counts
        return Outcome(
            line, customer_id, tag, REPEATED, "stands_already", why("stands_already", other=before.import_id)
        )
    same = before.content == statement.content
    outcome, reason = (REPEATED, "same_as_line") if same else (REFUSED, "contradicts")
    return Outcome(line, customer_id, tag, outcome, reason, why(reason, other=before.line))


def _new(statement: Statement, known: Collection[str]) -> Outcome:
    line, customer_id, tag = statement[:3]
    if customer_id in known:
        return Outcome(line, customer_id, tag, APPLIED)
    return Outcome(line, customer_id, tag, HELD, "unknown_customer", why("unknown_customer"))


def _standing(connection: Connection, customer_ids: Collection[str]) -> Mapping[Place, Said]:
    """What imports say that stands."""
    return {
        (customer_id, tag): Said(version, evidence["line"], (carries, value, confidence, until))
        for (
            customer_id,
            tag,
            version,
            evidence,
            carries,
            value,
            confidence,
            until,
            source,
        ) in _STANDING.rows(connection, list(customer_ids))
        if source == Source.IMPORT
    }


def _held(connection: Connection, customer_ids: Collection[str]) -> Mapping[Place, Said]:
    """What imports said of customers who are still unknown; of several the latest."""
    return {
        (customer_id, tag): Said(import_id, line, (carries, value, confidence, until or NEVER))
        for customer_id, tag, import_id, line, carries, value, confidence, until in _HELD.rows(
            connection, list(customer_ids)
        )
    }
