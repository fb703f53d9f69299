"""What the standing claims about one customer come to: who carries what, from now on for as long as is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tags.profile.carrying import Carrying
from tags.profile.claims import NEVER, Source

RANKS = {source.value: rank for rank, source in enumerate(Source)}
"""By source its rank, 0 the strongest."""


class Standing(NamedTuple):
    """A claim in force, without its evidence; `seq` is its place in the book."""

    seq: int
    customer_id: str
    tag: str
    tag_version: int
    source: str
    source_version: str
    carries: bool
    value: str | None
    confidence: float | None
    as_of: datetime
    began_at: datetime
    holds_until: datetime


class Stretch(NamedTuple):
    """One tag carried from an instant to before another, as one claim says."""

    tag: str
    began_at: datetime
    ended_at: datetime
    claim: Standing


def resolve(claims: Sequence[Standing], carrying: Carrying, now: datetime) -> list[Stretch]:
    """The stretches of one customer from now on, by instant; those in which the same claim counts are one.

    Nothing but the end of a claim can change the profile by itself, so it is settled once between any two ends.
    """
    standing = [claim for claim in claims if claim.holds_until > now]
    ends = sorted({claim.holds_until for claim in standing if claim.holds_until < NEVER})
    if not ends:
        return [Stretch(tag, now, NEVER, claim) for tag, claim in carried_by(standing, carrying).items()]
    running: dict[str, Stretch] = {}
    done: list[Stretch] = []
    began_at = now
    for end in (*ends, NEVER):
        carried = carried_by(standing, carrying)
        ended = [tag for tag, stretch in running.items() if carried.get(tag) is not stretch.claim]
        done += [running.pop(tag)._replace(ended_at=began_at) for tag in ended]
        for tag, claim in carried.items():
            if tag not in running:
                running[tag] = Stretch(tag, began_at, NEVER, claim)
        standing = [claim for claim in standing if claim.holds_until > end]
        began_at = end
    return [*done, *running.values()]


def carried_by(claims: Iterable[Standing], carrying: Carrying) -> dict[str, Standing]:
    """By tag the claim by which one customer carries it while exactly these claims stand.

    Of several claims on a tag that of the strongest source counts, and it may say that the tag does not fit. Of a
    one-of group the tag of the strongest source stays, then of the claim about the latest instant, then the highest.
    """
    strongest: dict[str, Standing] = {}
    for claim in claims:
        other = strongest.get(claim.tag)
        if (other is None or RANKS[claim.source] < RANKS[other.source]) and carrying.lets(
            claim.customer_id, claim.tag, claim.source
        ):
            strongest[claim.tag] = claim
    carried = {tag: claim for tag, claim in strongest.items() if claim.carries}
    first_of_group: dict[str, Standing] = {}
    for tag, claim in carried.items():
        if tag in carrying.groups:
            group = carrying.groups[tag][0]
            other = first_of_group.get(group)
            if other is None or _place(claim, carrying) < _place(other, carrying):
                first_of_group[group] = claim
    if not first_of_group:
        return carried
    return {
        tag: claim
        for tag, claim in carried.items()
        if tag not in carrying.groups or first_of_group[carrying.groups[tag][0]] is claim
    }


def _place(claim: Standing, carrying: Carrying) -> tuple[int, float, int]:
    """The claim's place among those of a one-of group, the least first."""
    return RANKS[claim.source], -claim.as_of.timestamp(), carrying.groups[claim.tag][1]
