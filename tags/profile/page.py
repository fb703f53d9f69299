"""One customer's page of the book: what stands on it, what is to be written there, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tags.profile.because import Because
from tags.profile.carrying import Carrying
from tags.profile.claims import NEVER, Claim, Source
from tags.profile.differences import Now, changes_of
from tags.profile.ledger import Kept, Ledger
from tags.profile.resolve import Standing, Stretch, resolve

RENEWED = frozenset({Source.RULE, Source.MODEL})
"""Sources that are asked again and again: what they only repeat is left as it stands."""


class Scope(NamedTuple):
    """All that a source says about these tags, or about all, at one instant; what it does not repeat ends."""

    source: Source
    tags: frozenset[str] | None
    because: str


@dataclass
class Step:
    """What is to happen on one page: claims in their order, ends by tag and source, and whose word this is.

    With `anew` the claims are weighed again though none may be new, as after definitions have changed.
    """

    claims: list[Claim] = field(default_factory=list)
    ends: dict[tuple[str, str], str] = field(default_factory=dict)
    scope: Scope | None = None
    anew: bool = False


@dataclass
class Page:
    """The claims that stand about one customer, and the spans from the first unnoticed end on."""

    customer_id: str
    standing: list[Standing]
    spans: Sequence[Kept]
    ended: dict[int, str] = field(default_factory=dict)
    unchanged: int = 0

    def settle(self, now: datetime, carrying: Carrying, ledger: Ledger) -> None:
        """Turn the ends that have passed into changes, each as of its own instant."""
        for end in sorted({claim.holds_until for claim in self.standing if claim.holds_until <= now}):
            lapsed = {claim.seq: str(Because.LAPSED) for claim in self.standing if claim.holds_until <= end}
            by_seq = {claim.seq: claim for claim in self.standing}
            self.standing = [claim for claim in self.standing if claim.holds_until > end]
            ledger.ended_claims += [(end, Because.LAPSED, seq) for seq in lapsed]
            running = [span for span in self.spans if span.began_at <= end < span.ended_at]
            carried = {
                span.tag: Stretch(span.tag, span.began_at, span.ended_at, by_seq[span.claim])
                for span in running
            }
            before = [span for span in self.spans if span.began_at < end <= span.ended_at]
            then = Now(end, self.standing, carried, lapsed)
            ledger.changes += changes_of(self.customer_id, before, then, carrying)

    def take(self, step: Step, first_seq: int, now: datetime, ledger: Ledger) -> int:
        """Write the claims of a step and the ends that they bring; the next free number of a claim comes back."""
        standing = {(claim.tag, claim.source): claim for claim in self.standing}
        for key, because in self._ends(step, standing).items():
            if key in standing:
                self._end(standing.pop(key), because, now, ledger)
        seq = first_seq
        for claim in step.claims:
            key = (claim.tag, claim.source.value)
            former = standing.get(key)
            if former is not None and says_the_same(claim, former, now):
                self.unchanged += 1
                continue
            new = _standing(claim, seq, now)
            seq += 1
            if former is not None and former.as_of > new.as_of:
                ledger.claims.append(_row(claim, new, now, Because.OUTDATED))
                continue
            if former is not None:
                self._end(standing.pop(key), Because.SUPERSEDED, now, ledger)
            if new.holds_until > now:
                standing[key] = new
                ledger.claims.append(_row(claim, new))
            else:
                ledger.claims.append(_row(claim, new, now, Because.LAPSED))
        self.standing = list(standing.values())
        return seq

    def _ends(self, step: Step, standing: Mapping[tuple[str, str], Standing]) -> dict[tuple[str, str], str]:
        if step.scope is None:
            return step.ends
        source, tags, because = step.scope
        said = {claim.tag for claim in step.claims}
        left = {
            key: because
            for key in standing
            if key[1] == source and (tags is None or key[0] in tags) and key[0] not in said
        }
        return {**left, **step.ends}

    def _end(self, claim: Standing, because: str, now: datetime, ledger: Ledger) -> None:
        self.ended[claim.seq] = because
        ledger.ended_claims.append((now, because, claim.seq))

    def resolve(self, now: datetime, carrying: Carrying, ledger: Ledger) -> None:
        """Write what the claims come to from now on, and how that differs from what was carried."""
        stretches = resolve(self.standing, carrying, now)
        carried = {stretch.tag: stretch for stretch in stretches if stretch.began_at == now}
        running = [span for span in self.spans if span.began_at <= now < span.ended_at]
        then = Now(now, self.standing, carried, self.ended)
        ledger.changes += changes_of(self.customer_id, running, then, carrying)
        there = {(span.tag, span.began_at, span.ended_at, span.claim): span for span in self.spans}
        for span in running:
            self._go_on(span, carried.get(span.tag), now, ledger)
        kept = {span.tag: span.claim for span in running}
        for tag, began_at, ended_at, claim in stretches:
            goes_on = began_at == now and kept.get(tag) == claim.seq
            if not goes_on and there.pop((tag, began_at, ended_at, claim.seq), None) is None:
                own = (claim.seq, claim.confidence, claim.value)
                ledger.spans.append((tag, self.customer_id, began_at, ended_at, *own))
        ledger.dropped_spans += [
            (span.tag, span.customer_id, span.began_at) for span in there.values() if span.began_at > now
        ]

    def _go_on(self, span: Kept, stretch: Stretch | None, now: datetime, ledger: Ledger) -> None:
        """Let a running span go on as far as its claim counts now."""
        if stretch is not None and stretch.claim.seq == span.claim:
            if stretch.ended_at != span.ended_at:
                ledger.ended_spans.append((stretch.ended_at, span.tag, span.customer_id, span.began_at))
        elif span.began_at == now:  # it lasted no time at all
            ledger.dropped_spans.append((span.tag, span.customer_id, span.began_at))
        else:
            ledger.ended_spans.append((now, span.tag, span.customer_id, span.began_at))


def says_the_same(claim: Claim, former: Standing, now: datetime) -> bool:
    """Whether a source that is asked again only repeats itself, while at least half of its claim's time is left."""
    if claim.source not in RENEWED or former.holds_until - now < (claim.until - now) / 2:
        return False
    return (claim.tag_version, claim.source_version, claim.carries, claim.value, claim.confidence) == (
        former.tag_version,
        former.source_version,
        former.carries,
        former.value,
        former.confidence,
    )


def _standing(claim: Claim, seq: int, now: datetime) -> Standing:
    return Standing(
        seq,
        claim.customer_id,
        claim.tag,
        claim.tag_version,
        claim.source.value,
        claim.source_version,
        claim.carries,
        claim.value,
        claim.confidence,
        claim.as_of,
        now,
        min(claim.until, NEVER),
    )


def _row(
    claim: Claim, new: Standing, ended_at: datetime | None = None, because: str | None = None
) -> tuple[object, ...]:
    """The claim as its row; one that came too late to count is written as ended."""
    claim_id = claim.claim_id if claim.claim_id is not None else f"{new.source}-{new.seq}"
    return (
        new.seq,
        claim_id,
        new.customer_id,
        new.tag,
        new.tag_version,
        new.source,
        new.source_version,
        new.carries,
        new.value,
        new.confidence,
        claim.evidence,
        new.as_of,
        new.began_at,
        new.holds_until,
        ended_at,
        because,
    )
