"""Takes down what sources say about customers' tags, and keeps the profiles that follow from it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select

from core.clock import from_us, to_us
from core.storage.lookup import rows_of
from features import counters
from tags.profile.because import Because
from tags.profile.carrying import Carrying, carrying_of
from tags.profile.claims import Claim, Source
from tags.profile.ledger import Ledger, read_pages
from tags.profile.page import Page, Scope, Step
from tags.profile.tables import Change, ClaimRow
from tags.profile.touched import mark
from tags.taxonomy import Taxonomy

CUSTOMERS_AT_ONCE = 2_000
HEARD = frozenset({Source.PERSON, Source.IMPORT})
CLAIMS, CHANGES, CLOCK = "tag_claims", "tag_changes", "tag_clock"
"""Counters: the last claim, the last change, and the last instant of the book in microseconds."""


@dataclass(frozen=True)
class Written:
    """What became of a call.

    Attributes:
        new: Claims that were taken down.
        repeated: Claims whose id was known; nothing happens by them.
        unchanged: Claims of a rule or model that only say what stands already.
        ended: Claims that ended.
        changes: Changes of profiles.
    """

    new: int = 0
    repeated: int = 0
    unchanged: int = 0
    ended: int = 0
    changes: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.new + other.new,
            self.repeated + other.repeated,
            self.unchanged + other.unchanged,
            self.ended + other.ended,
            self.changes + other.changes,
        )


Those = Iterable[tuple[str, str, Source]]
"""Claims that stand, by customer, tag and source."""


def put(
    connection: Connection,
    claims: Sequence[Claim],
    *,
    taxonomy: Taxonomy,
    now: datetime,
    ended: Those = (),
    because: str = Because.NO_LONGER,
) -> Written:
    """Take the claims down; each ends what its source said of the tag before, unless that is about a later instant.

    A claim whose id was used before counts as repeated. What a rule or a model only repeats is left as it stands.
    In the same step those of `ended` end, before the claims; where none stands nothing happens.
    """
    fresh = _fresh(connection, claims)
    steps = _ends(ended, because)
    for claim in fresh:
        steps.setdefault(claim.customer_id, Step()).claims.append(claim)
    written = _carry_out(connection, steps, carrying_of(taxonomy), now)
    return written + Written(repeated=len(claims) - len(fresh))


def restate(
    connection: Connection,
    claims: Sequence[Claim],
    *,
    source: Source,
    customer_ids: Iterable[str],
    tags: Collection[str] | None = None,
    because: str,
    taxonomy: Taxonomy,
    now: datetime,
) -> Written:
    """Take down all that the source says of those customers now, of some tags or all: what it repeats no more, ends."""
    scope = Scope(source, None if tags is None else frozenset(tags), because)
    steps = {customer_id: Step(scope=scope) for customer_id in customer_ids}
    for claim in claims:
        steps[claim.customer_id].claims.append(claim)
    return _carry_out(connection, steps, carrying_of(taxonomy), now)


def withdraw(
    connection: Connection, those: Those, *, because: str, taxonomy: Taxonomy, now: datetime
) -> Written:
    """End those claims; where none stands nothing happens."""
    return _carry_out(connection, _ends(those, because), carrying_of(taxonomy), now)


def withdraw_version(
    connection: Connection,
    source: Source,
    source_version: str,
    *,
    because: str,
    taxonomy: Taxonomy,
    now: datetime,
) -> Written:
    """End every claim that stands of one version of a source, such as one import."""
    query = select(ClaimRow.customer_id, ClaimRow.tag).where(
        ClaimRow.source == source.value,
        ClaimRow.source_version == source_version,
        ClaimRow.ended_at.is_(None),
    )
    those = [(customer_id, tag, source) for customer_id, tag in connection.execute(query)]
    return withdraw(connection, those, because=because, taxonomy=taxonomy, now=now)


def withdraw_tag(
    connection: Connection,
    tag: str,
    *,
    because: str,
    taxonomy: Taxonomy,
    now: datetime,
    sources: Collection[Source] = tuple(Source),
) -> Written:
    """End every claim of those sources that stands on a tag, as when it is retired."""
    query = select(ClaimRow.customer_id, ClaimRow.source).where(
        ClaimRow.tag == tag, ClaimRow.ended_at.is_(None), ClaimRow.source.in_([*sources])
    )
    those = [(customer_id, tag, Source(source)) for customer_id, source in connection.execute(query)]
    return withdraw(connection, those, because=because, taxonomy=taxonomy, now=now)


def resettle(
    connection: Connection, customer_ids: Iterable[str], *, taxonomy: Taxonomy, now: datetime
) -> Written:
    """Work out anew what the standing claims about those customers come to, after definitions have changed."""
    steps = {customer_id: Step(anew=True) for customer_id in customer_ids}
    return _carry_out(connection, steps, carrying_of(taxonomy), now)


def tick(connection: Connection, *, taxonomy: Taxonomy, now: datetime, most: int | None = None) -> Written:
    """Turn ends of claims that have passed into changes, of at most so many customers."""
    query = (
        select(ClaimRow.customer_id)
        .where(ClaimRow.ended_at.is_(None), ClaimRow.holds_until <= now)
        .distinct()
        .limit(most)
    )
    return resettle(connection, connection.scalars(query).all(), taxonomy=taxonomy, now=now)


def spoken_of_since(connection: Connection, claim: int, change: int) -> set[str]:
    """Of whom anything was claimed after the claim of that number, or whose profile changed after that change."""
    claimed = select(ClaimRow.customer_id).where(ClaimRow.seq > claim)
    changed = select(Change.customer_id).where(Change.seq > change)
    return {*connection.scalars(claimed), *connection.scalars(changed)}


def _ends(those: Those, because: str) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for customer_id, tag, source in those:
        steps.setdefault(customer_id, Step()).ends[tag, source.value] = because
    return steps


def _fresh(connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
    """The claims whose id nobody used before, each id once."""
    named = {claim.claim_id for claim in claims if claim.claim_id is not None}
    if not named:
        return list(claims)
    known = {row[0] for row in rows_of(connection, select(ClaimRow.claim_id), ClaimRow.claim_id, named)}
    fresh = []
    for claim in claims:
        if claim.claim_id is None:
            fresh.append(claim)
        elif claim.claim_id not in known:
            known.add(claim.claim_id)
            fresh.append(claim)
    return fresh


def _carry_out(
    connection: Connection, steps: Mapping[str, Step], carrying: Carrying, now: datetime
) -> Written:
    if not steps:
        return Written()
    now = _never_back(connection, now)
    done = Written()
    for some in _chunks(steps):
        done += _carry_out_some(connection, some, carrying, now)
    return done


def _never_back(connection: Connection, now: datetime) -> datetime:
    """Now, or the last instant of the book where a clock lags behind it: what has passed does not change."""
    last = counters.value(connection, CLOCK)
    at = to_us(now)
    if at > last:
        counters.put(connection, CLOCK, at)
        return now
    return from_us(last)


def _chunks(steps: Mapping[str, Step]) -> Iterator[dict[str, Step]]:
    left = iter(steps.items())
    while some := dict(islice(left, CUSTOMERS_AT_ONCE)):
        yield some


def _carry_out_some(
    connection: Connection, steps: Mapping[str, Step], carrying: Carrying, now: datetime
) -> Written:
    standing, spans = read_pages(connection, list(steps))
    pages = [Page(name, standing.get(name, []), spans.get(name, ())) for name in steps]
    ledger = Ledger()
    claims = sum(len(step.claims) for step in steps.values())
    seq = counters.advance(connection, CLAIMS, claims) - claims + 1 if claims else 0
    for page in pages:
        step, first = steps[page.customer_id], seq
        page.settle(now, carrying, ledger)
        seq = page.take(step, seq, now, ledger)
        if step.anew or seq > first or page.ended:
            page.resolve(now, carrying, ledger)
    changes = len(ledger.changes)
    mark(connection, [name for name, step in steps.items() if _is_heard_by_rules(step)])
    ledger.write(connection, counters.advance(connection, CHANGES, changes) - changes + 1 if changes else 0)
    return Written(
        new=len(ledger.claims),
        unchanged=sum(page.unchanged for page in pages),
        ended=len(ledger.ended_claims),
        changes=changes,
    )


def _is_heard_by_rules(step: Step) -> bool:
    """Whether somebody spoke whom rules may have to follow: what rules and models say themselves, they know."""
    claims = any(claim.source in HEARD for claim in step.claims)
    return claims or any(source in HEARD for _, source in step.ends)
