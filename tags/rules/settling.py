"""What rules say of customers turned into claims: only where it differs from what they said before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from core.clock import add_days
from features.histories import Ints, Mask
from tags.definition import Tag
from tags.profile.book import Written, put
from tags.profile.claims import NEVER, Claim, Source
from tags.profile.reading import standing
from tags.profile.resolve import Standing
from tags.taxonomy import Taxonomy


class Answered(Protocol):
    """What rules say of customers; `rows` are numbers of customers. See `tags.rules.answers.Answers`."""

    @property
    def carries(self) -> Mapping[str, Mask]:
        """By tag whether each customer carries it, shape (n_customers,)."""
        ...

    @property
    def given(self) -> Collection[str]:
        """The tags that any of the customers carries."""
        ...

    def values(self, tag: str, rows: Ints) -> list[str | None]:
        """With which value those customers carry it; None each where the tag has none."""
        ...

    def evidence(self, tag: str, rows: Ints) -> list[dict[str, Any]]:
        """What decided on it for each of those customers."""
        ...


@dataclass(frozen=True)
class Differences:
    """What rules say that does not stand yet, and what stands that they say no more."""

    claims: list[Claim]
    ended: list[tuple[str, str, Source]]


def settle(
    connection: Connection,
    customer_ids: Sequence[str],
    answers: Answered,
    *,
    tags: Collection[str],
    taxonomy: Taxonomy,
    now: datetime,
    zone: ZoneInfo,
) -> Written:
    """Make the rules' claims about those customers what the rules say; see `differences`."""
    stands = standing(connection, customer_ids)
    found = differences(stands, customer_ids, answers, tags=tags, taxonomy=taxonomy, now=now, zone=zone)
    return put(connection, found.claims, ended=found.ended, taxonomy=taxonomy, now=now)


def differences(
    stands: Mapping[str, Sequence[Standing]],
    customer_ids: Sequence[str],
    answers: Answered,
    *,
    tags: Collection[str],
    taxonomy: Taxonomy,
    now: datetime,
    zone: ZoneInfo,
) -> Differences:
    """Where what rules say of those customers differs from their claims that stand.

    A pilot is said of its sample alone, and of the tags of a one-of group that hold for a customer only the highest
    is said: claims that were made on different days would else be told apart by that.

    Args:
        stands: By customer the claims in force, of any source, as the transaction sees them that writes the new ones.
        customer_ids: Each once, in the order of the answers; at most some thousands.
        answers: What the rules say.
        tags: The tags to look at, of those that are answered; whatever stands of others is left alone. Tags of one
            group belong together.
        taxonomy: The definitions that the rules are of.
        now: The instant as of which they were asked.
        zone: The shop's, for lifetimes in days.
    """
    said_before = _by_tag(stands)
    claims: list[Claim] = []
    ended: list[tuple[str, str, Source]] = []
    # Of most tags nobody among a few customers carries them, and nobody did: these are passed over at once.
    wanted = {tag for tag in (*said_before, *answers.given) if tag in tags}
    concerned = {tag: carries for tag, carries in answers.carries.items() if tag in wanted}
    end_of = _Ends(now, zone)
    for tag, carries in _open_and_highest(customer_ids, concerned, taxonomy).items():
        of_tag, rows = said_before.get(tag, {}), np.flatnonzero(carries)
        if not of_tag and not len(rows):
            continue
        maker = _Maker(taxonomy[tag], taxonomy.versions[tag], now, end_of(taxonomy[tag].lifetime_days))
        carriers = {customer_ids[row]: row for row in rows.tolist()}
        claims += _news(carriers, answers, of_tag, maker)
        ended += [(name, tag, Source.RULE) for name in of_tag if name not in carriers]
    return Differences(claims, ended)


def _news(
    carriers: Mapping[str, int], answers: Answered, stands: Mapping[str, Standing], maker: "_Maker"
) -> list[Claim]:
    """The claims that the carriers (each with the row of the answers) have the tag, where that does not stand."""
    names, rows = list(carriers), np.fromiter(carriers.values(), dtype=np.int64, count=len(carriers))
    values = answers.values(maker.tag, rows)
    new = [place for place, name in enumerate(names) if maker.differs(stands.get(name), values[place])]
    told = answers.evidence(maker.tag, rows[new]) if new else ()
    return [
        maker.claim(names[place], values[place], evidence) for place, evidence in zip(new, told, strict=True)
    ]


class _Ends:
    """When claims made now end; most tags have one of a few lifetimes."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self._now, self._zone = now, zone
        self._of_days: dict[int | None, datetime] = {None: NEVER}

    def __call__(self, days: int | None) -> datetime:
        """The end after that many local days; never for None."""
        end = self._of_days.get(days)
        if end is None:
            assert days is not None  # noqa: S101 (it has its end from the start)
            end = self._of_days[days] = add_days(self._now, days, self._zone)
        return end


class _Maker:
    """Makes the claims of one tag's rule, which last until that instant."""

    def __init__(self, tag: Tag, version: int, now: datetime, until: datetime) -> None:
        self.tag, self._version, self._now, self._until = tag.key, version, now, until

    def differs(self, stands: Standing | None, value: str | None) -> bool:
        """Whether a claim has to be made; one with a lifetime is made anew when less than half of it is left."""
        if stands is None or (stands.tag_version, stands.value) != (self._version, value):
            return True
        left, whole = stands.holds_until - self._now, self._until - self._now
        return stands.holds_until < self._until and left < whole / 2

    def claim(self, customer_id: str, value: str | None, evidence: Mapping[str, Any]) -> Claim:
        """The claim that the customer carries the tag."""
        return Claim(
            claim_id=None,
            customer_id=customer_id,
            tag=self.tag,
            tag_version=self._version,
            source=Source.RULE,
            source_version=str(self._version),
            carries=True,
            as_of=self._now,
            until=self._until,
            value=value,
            evidence=evidence,
        )


def _by_tag(stands: Mapping[str, Sequence[Standing]]) -> dict[str, dict[str, Standing]]:
    """The rules' claims, by tag and customer."""
    found: dict[str, dict[str, Standing]] = {}
    for customer_id, claims in stands.items():
        for claim in claims:
            if claim.source == Source.RULE:
                found.setdefault(claim.tag, {})[customer_id] = claim
    return found


def _open_and_highest(
    customer_ids: Sequence[str], carried: Mapping[str, Mask], taxonomy: Taxonomy
) -> dict[str, Mask]:
    """By tag who gets it: those whom it is open to, and of a one-of group no higher tag is said of."""
    found = {tag: _open_to(customer_ids, tag, carries, taxonomy) for tag, carries in carried.items()}
    for group in taxonomy.groups_of_tags:
        members = [tag.key for tag in taxonomy.tags_of_group(group.key) if tag.key in found]
        if group.exclusive and len(members) > 1:
            taken = np.zeros(len(customer_ids), dtype=bool)
            for tag in reversed(members):
                found[tag] = found[tag] & ~taken
                taken |= found[tag]
    return found


def _open_to(customer_ids: Sequence[str], tag: str, carries: Mask, taxonomy: Taxonomy) -> Mask:
    definition = taxonomy[tag]
    if not definition.is_current:
        return np.zeros(len(customer_ids), dtype=bool)
    if definition.pilot_share is None or not carries.any():
        return carries
    is_open = [
        bool(carried) and definition.is_open_to(name)
        for name, carried in zip(customer_ids, carries, strict=True)
    ]
    return np.array(is_open, dtype=bool)
