"""What changed on one customer's profile, and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tags.profile.because import Because
from tags.profile.carrying import Carrying
from tags.profile.claims import NEVER
from tags.profile.ledger import Kept, Said
from tags.profile.resolve import RANKS, Standing, Stretch

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


class Now(NamedTuple):
    """How things stand at an instant: the claims in force, what they come to, and what ended which claim."""

    at: datetime
    claims: Sequence[Standing]
    carried: Mapping[str, Stretch]
    ended: Mapping[int, str]


def changes_of(customer_id: str, before: Iterable[Kept], now: Now, carrying: Carrying) -> list[Said]:
    """The changes from the spans that ran before to what is carried now.

    That another claim of the same source says the same of a tag is no change of the profile.
    """
    old = {span.tag: span for span in before}
    said = [_removed(customer_id, span, now, carrying) for tag, span in old.items() if tag not in now.carried]
    for tag, stretch in now.carried.items():
        span = old.get(tag)
        if span is None or _differs(span, stretch.claim):
            said.append(_carried(customer_id, span, stretch, now))
    return said


def _differs(span: Kept, claim: Standing) -> bool:
    return (span.source, span.value, span.confidence) != (claim.source, claim.value, claim.confidence)


def _carried(customer_id: str, span: Kept | None, stretch: Stretch, now: Now) -> Said:
    claim = stretch.claim
    body: dict[str, Any] = {
        "value": claim.value,
        "source": claim.source,
        "source_version": claim.source_version,
        "tag_version": claim.tag_version,
        "confidence": claim.confidence,
        "until": _end(stretch.ended_at),
        "because": Because.SAID if claim.began_at == now.at else Because.RETURNED,
    }
    if span is None:
        return Said(customer_id, stretch.tag, ADDED, now.at, claim.seq, body)
    return Said(customer_id, stretch.tag, CHANGED, now.at, claim.seq, {**body, "before": _before(span)})


def _removed(customer_id: str, span: Kept, now: Now, carrying: Carrying) -> Said:
    because, claim, by = _why_removed(customer_id, span, now, carrying)
    body: dict[str, Any] = {
        "value": None,
        "source": None,
        "source_version": None,
        "tag_version": None,
        "confidence": None,
        "until": None,
        "because": because,
        "before": _before(span),
    }
    if by is not None:
        body["by"] = by
    return Said(customer_id, span.tag, REMOVED, now.at, claim, body)


def _why_removed(customer_id: str, span: Kept, now: Now, carrying: Carrying) -> tuple[str, int, str | None]:
    """The reason, the claim that tells more, and the tag that took its place if one did."""
    on_tag = [claim for claim in now.claims if claim.tag == span.tag]
    strongest = min(on_tag, key=lambda claim: RANKS[claim.source], default=None)
    if strongest is not None and not strongest.carries:
        return Because.DENIED, strongest.seq, None
    if span.claim in now.ended:
        return now.ended[span.claim], span.claim, None
    if strongest is not None and not carrying.lets(customer_id, span.tag, strongest.source):
        return Because.DEFINITION, span.claim, None
    group = carrying.groups.get(span.tag, (None,))[0]
    for tag, stretch in now.carried.items():
        if group is not None and carrying.groups.get(tag, (None,))[0] == group:
            return Because.DISPLACED, stretch.claim.seq, tag
    return Because.LAPSED, span.claim, None


def _before(span: Kept) -> dict[str, Any]:
    return {"value": span.value, "source": span.source, "confidence": span.confidence}


def _end(ended_at: datetime) -> str | None:
    return None if ended_at == NEVER else ended_at.isoformat()
