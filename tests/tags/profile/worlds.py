"""Made-up books: steps in time over few customers and tags, and the slow, obvious meaning of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tags.profile.claims import NEVER, Claim, Source
from tags.taxonomy import Taxonomy, parse_taxonomy

START = datetime(2017, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CUSTOMERS = ("c1", "c2")
TAGS = ("gold", "silver", "tea", "coffee")


def tag(key: str, **more: Any) -> dict[str, Any]:
    words = {"en": key, "zh": key}
    return {"key": key, "name": words, "definition": words, "method": "manual", **more}


def taxonomy_of(**more: Mapping[str, Any]) -> Taxonomy:
    """Two tiers of which a customer has one, gold the higher, and two tags beside them."""
    group = {
        "key": "tier",
        "name": {"en": "tier", "zh": "等级"},
        "exclusive": True,
        "order": ["silver", "gold"],
    }
    tiers = [
        tag(key, **{"group": "tier"} if key in ("gold", "silver") else {}) | dict(more.get(key, {}))
        for key in TAGS
    ]
    return parse_taxonomy({"tags": tiers, "groups": [group]})


EVERYTHING = taxonomy_of()
WORLDS: tuple[Taxonomy, ...] = (
    EVERYTHING,
    taxonomy_of(tea={"status": "retired"}),
    taxonomy_of(gold={"status": "draft"}, coffee={"status": "pilot", "pilot_share": 0.5}),
)


@dataclass(frozen=True)
class Put:
    """A source says something."""

    customer_id: str
    tag: str
    source: Source
    carries: bool
    lasts: timedelta | None
    value: str | None
    about: timedelta
    """How long before its time the instant lies that it is about."""


@dataclass(frozen=True)
class End:
    """A source takes its word back."""

    customer_id: str
    tag: str
    source: Source


@dataclass(frozen=True)
class Tick:
    """Time is looked at."""


@dataclass(frozen=True)
class Define:
    """The definitions change, and the profiles follow."""

    world: int


Act = Put | End | Tick | Define


@dataclass(frozen=True)
class Step:
    """Acts at one instant."""

    at: datetime
    acts: tuple[Act, ...]


_puts = st.builds(
    Put,
    st.sampled_from(CUSTOMERS),
    st.sampled_from(TAGS),
    st.sampled_from(list(Source)),
    st.booleans(),
    st.none() | st.integers(0, 12).map(lambda hours: hours * HOUR),
    st.none() | st.sampled_from(["a", "b"]),
    st.sampled_from([timedelta(0), HOUR, 4 * HOUR]),
)
_acts = st.one_of(
    _puts,
    _puts,
    st.builds(End, st.sampled_from(CUSTOMERS), st.sampled_from(TAGS), st.sampled_from(list(Source))),
    st.just(Tick()),
    st.builds(Define, st.integers(0, len(WORLDS) - 1)),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Steps whose instants never go back and often are equal."""
    waits = draw(st.lists(st.sampled_from([0, 0, 1, 2, 5, 13]), min_size=1, max_size=8))
    at, steps = START, []
    for wait in waits:
        at += wait * HOUR
        steps.append(Step(at, tuple(draw(st.lists(_acts, min_size=1, max_size=3)))))
    return steps


@dataclass
class Known:
    """A claim as the slow book remembers it."""

    claim: Claim
    began_at: datetime
    ended_at: datetime = NEVER

    def stands(self, at: datetime) -> bool:
        return self.began_at <= at < min(self.ended_at, self.claim.until)


@dataclass
class SlowBook:
    """Remembers everything and works each profile out anew: plain loops over all claims ever made."""

    claims: list[Known] = field(default_factory=list)
    definitions: list[tuple[datetime, Taxonomy]] = field(default_factory=lambda: [(START, EVERYTHING)])

    def put(self, claim: Claim, now: datetime) -> None:
        former = self._former(claim.customer_id, claim.tag, claim.source, now)
        late = [one for one in former if one.claim.as_of > claim.as_of]
        if not late:
            for one in former:
                one.ended_at = now
            self.claims.append(Known(claim, now))

    def end(self, act: End, now: datetime) -> None:
        for one in self._former(act.customer_id, act.tag, act.source, now):
            one.ended_at = now

    def _former(self, customer_id: str, tag: str, source: Source, now: datetime) -> list[Known]:
        return [
            one
            for one in self.claims
            if (one.claim.customer_id, one.claim.tag, one.claim.source) == (customer_id, tag, source)
            and one.ended_at == NEVER
            and one.claim.until > now
        ]

    def profile(self, customer_id: str, at: datetime) -> dict[str, tuple[str, str | None]]:
        """By tag the source by which it is carried and its value."""
        taxonomy = [taxonomy for since, taxonomy in self.definitions if since <= at][-1]
        by_tag: dict[str, Known] = {}
        for source in reversed(list(Source)):  # the strongest last, so that it wins
            for one in self.claims:
                claim = one.claim
                definition = taxonomy[claim.tag]
                open_to = definition.status == "active" or (
                    definition.status == "pilot"
                    and (source in (Source.PERSON, Source.IMPORT) or definition.is_in_pilot(customer_id))
                )
                if claim.customer_id == customer_id and claim.source is source and one.stands(at) and open_to:
                    by_tag[claim.tag] = one
        carried = {key: one for key, one in by_tag.items() if one.claim.carries}
        tiers = [carried[key] for key in ("gold", "silver") if key in carried]
        if len(tiers) == 2:
            gold, silver = (one.claim for one in tiers)
            places = list(Source)
            if places.index(gold.source) != places.index(silver.source):
                loser = max(gold, silver, key=lambda claim: places.index(claim.source))
            else:
                loser = silver if gold.as_of >= silver.as_of else gold
            del carried[loser.tag]
        return {key: (one.claim.source.value, one.claim.value) for key, one in carried.items()}


def claim_of(put: Put, now: datetime, claim_id: str | None = None) -> Claim:
    return Claim(
        claim_id=claim_id,
        customer_id=put.customer_id,
        tag=put.tag,
        tag_version=1,
        source=put.source,
        source_version="1",
        carries=put.carries,
        as_of=now - put.about,
        until=NEVER if put.lasts is None else now + put.lasts,
        value=put.value,
        evidence={"note": put.tag},
    )


def instants_of(steps: Sequence[Step]) -> list[datetime]:
    """The instants of the steps and the ends of what they put, and half an hour after each."""
    ends = [
        step.at + act.lasts
        for step in steps
        for act in step.acts
        if isinstance(act, Put) and act.lasts is not None
    ]
    known = {*(step.at for step in steps), *ends}
    return sorted(known | {at + HOUR / 2 for at in known})
