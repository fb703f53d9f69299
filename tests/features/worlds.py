"""Random small shops: customers with histories that sit on every edge, a catalogue and a cutoff."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from core.clock import to_us
from core.ids import stable_key
from features.attributes import AttributeFact, encode
from features.catalogue import Catalogue, CatalogueItem, CategoryGroup
from features.contract import STANDARD_TYPES, AttributeDefinition, Event, Role
from features.histories import Floats, Histories
from features.kernel import compute
from features.records import to_histories
from features.spec import ATTENTION_ROLES, FeatureSpec

MICROSECOND = timedelta(microseconds=1)

Paths = Mapping[str, Sequence[Sequence[str]]]

PATHS: Paths = {
    "latte": [("GROCERY", "COFFEE", "GROUND")],
    "beans": [("GROCERY", "COFFEE")],
    "tea": [("GROCERY", "TEA")],
    "mug": [("HOME", "COFFEE")],
    "rose": [("FLORAL",)],
    "lamp": [("HOME", "LIGHTS", "LED")],
    "gift set": [("GROCERY", "TEA"), ("HOME", "LIGHTS"), ("HOME", "TEA"), ("FLORAL",)],
    "nameless": [],
}
GROUPS = (
    CategoryGroup("coffee", ("COFFEE",)),
    CategoryGroup("hot_drinks", ("COFFEE", "TEA")),
    CategoryGroup("home", ("HOME",), level=0),
    CategoryGroup("ground", ("GROUND", "LED"), level=2),
    CategoryGroup("nothing", ("NO SUCH LABEL",)),
)
ATTRIBUTES = (
    AttributeDefinition("age", "ordinal", ("young", "middle", "old")),
    AttributeDefinition("region", "nominal", ("north", "south")),
    AttributeDefinition("income", "number"),
)

# Days at which a zone's clocks change, and others; a cutoff near them has windows that cross the change.
CUTOFF_DAYS: Mapping[str, tuple[date, ...]] = {
    "America/New_York": (date(2017, 11, 5), date(2017, 11, 6), date(2018, 3, 11), date(2018, 6, 3)),
    "Asia/Shanghai": (date(2024, 2, 29), date(1991, 9, 15)),
    "Pacific/Apia": (date(2011, 12, 31), date(2012, 1, 2), date(2012, 3, 20)),  # 30 December 2011 never was
    "Europe/London": (date(2017, 3, 26), date(2017, 10, 29), date(1971, 11, 1)),
    "America/St_Johns": (date(2010, 11, 7), date(2011, 1, 20)),  # 00:01 became 23:01 of the day before
    "Australia/Lord_Howe": (date(2019, 4, 7), date(2019, 10, 6)),  # clocks change by half an hour
    "America/Sao_Paulo": (date(2018, 11, 4), date(2018, 2, 18)),  # a day without midnight
    "Asia/Kathmandu": (date(1986, 1, 1), date(2020, 5, 5)),
    "UTC": (date(2017, 11, 1), date(2024, 3, 1)),
}
TIMES = (
    time(0),
    time(0),
    time(0),
    time(0, 0, 30),
    time(2, 30),
    time(13, 45, 59, 999_999),
    time(23, 59, 59, 1),
)
EDGES = (0, 1, 2, 6, 7, 8, 13, 14, 15, 27, 28, 29, 55, 56, 57, 83, 84, 85, 120, 400)
NUDGES = (
    -MICROSECOND,
    timedelta(0),
    MICROSECOND,
    timedelta(seconds=30),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=13),
)

TYPES = (
    *["purchase"] * 8,
    *["coupon_redeem", "campaign_exposure"] * 2,
    *["view", "rating"] * 2,
    *["refund", "view", "message", "visit", "rating", "meter_reading", "never_registered"],
)


@dataclass(frozen=True, repr=False)
class World:
    """A cutoff, what the shop knows, and each customer's events and facts."""

    as_of: datetime
    spec: FeatureSpec
    events_of: dict[str, list[Event]]
    facts: list[AttributeFact] = field(default_factory=list)
    paths: Paths = field(default_factory=lambda: PATHS)

    def __repr__(self) -> str:
        here = self.as_of.astimezone(self.spec.zone)
        return f"World({here.isoformat()}, {self.spec.timezone}, {self.events_of}, {self.facts})"

    @property
    def as_of_us(self) -> int:
        return to_us(self.as_of)

    @property
    def catalogue(self) -> Catalogue:
        items = [CatalogueItem(stable_key(name), paths) for name, paths in self.paths.items()]
        return Catalogue(items, self.spec.groups)

    @property
    def histories(self) -> Histories:
        return to_histories(self.events_of, encode(self.facts, self.spec))

    @property
    def rows(self) -> Floats:
        """The kernel's answer, shape (n_customers, n_features)."""
        return compute(self.histories, self.as_of_us, self.spec, self.catalogue)

    @property
    def events(self) -> list[Event]:
        return [event for events in self.events_of.values() for event in events]

    def facts_of(self, customer_id: str) -> list[AttributeFact]:
        return [fact for fact in self.facts if fact.customer_id == customer_id]


def same_bits(left: Floats, right: Floats) -> bool:
    """Whether two blocks are equal bit by bit, NaN included."""
    return left.shape == right.shape and left.tobytes() == right.tobytes()


def spec_in(zone: str) -> FeatureSpec:
    """A spec with a group of every kind, an attribute of every kind and a type of the shop's own."""
    return FeatureSpec(
        timezone=zone,
        groups=GROUPS,
        channels=("store", "web"),
        attributes=ATTRIBUTES,
        roles={**STANDARD_TYPES, "meter_reading": Role.CONTACT},
        attention=ATTENTION_ROLES,
    )


@dataclass(frozen=True)
class Edge:
    """An instant a little off the midnight that began some days before the cutoff's day."""

    days: int
    nudge: timedelta

    def instant(self, as_of: datetime, zone: ZoneInfo) -> datetime:
        day = as_of.astimezone(zone).date() - timedelta(days=self.days)
        return datetime.combine(day, time(0), zone).astimezone(UTC) + self.nudge


@dataclass(frozen=True)
class Away:
    """An instant so far from the cutoff."""

    by: timedelta

    def instant(self, as_of: datetime, _zone: ZoneInfo) -> datetime:
        return as_of + self.by


@dataclass(frozen=True)
class Draft:
    """An event relative to a cutoff that is not chosen yet."""

    when: Edge | Away
    lateness: int
    type: str
    channel: str | None
    location_id: str | None
    order_id: str | None
    item_id: str | None
    amount: Decimal | None
    discount: Decimal | None
    campaign_id: str | None
    rating: float | None

    def event(self, event_id: str, customer_id: str, as_of: datetime, zone: ZoneInfo) -> Event:
        occurred = self.when.instant(as_of, zone)
        received = (occurred, as_of - MICROSECOND, as_of, occurred + timedelta(days=9))[self.lateness]
        return Event(
            event_id=event_id,
            customer_id=customer_id,
            occurred_at=occurred,
            received_at=received,  # also before it occurred: clocks of two machines differ
            type=self.type,
            channel=self.channel,
            location_id=self.location_id,
            order_id=self.order_id,
            item_id=self.item_id,
            amount=self.amount,
            discount=self.discount,
            campaign_id=self.campaign_id,
            rating=self.rating,
        )


@dataclass(frozen=True)
class FactDraft:
    """A fact about one of the customers, relative to the cutoff; without a date it counts as always known."""

    customer: int
    told: tuple[str, str]
    observed: timedelta | None

    def fact(self, names: Sequence[str], as_of: datetime) -> AttributeFact:
        observed_at = None if self.observed is None else as_of + self.observed
        return AttributeFact(names[self.customer % len(names)], *self.told, observed_at)


def purchase(at: datetime, name: str, **values: str | Decimal) -> Event:
    """A purchase of the customer `ann` that was received at once."""
    event = Event(event_id=name, customer_id="ann", occurred_at=at, received_at=at, type="purchase")
    return replace(event, **values)  # type: ignore[arg-type]  # one dict holds all kinds of fields


def worlds(
    *, unit: Decimal = Decimal("0.25"), least: int = -3, customers: int = 3, most: int = 12
) -> SearchStrategy[World]:
    """Shops whose amounts are whole numbers of `unit`; a quarter is exact in binary, so all sums are."""
    money = st.none() | st.integers(least, 40).map(lambda number: number * unit)
    drafts = st.lists(_drafts(money), max_size=most)
    return st.builds(
        _world, _CUTOFFS, st.lists(drafts, min_size=1, max_size=customers), st.lists(_FACTS, max_size=4)
    )


def _world(
    cutoff: tuple[str, date, time], drafts: Sequence[Sequence[Draft]], facts: Sequence[FactDraft]
) -> World:
    zone, day, at = cutoff
    spec = spec_in(zone)
    as_of = datetime.combine(day, at, spec.zone).astimezone(UTC)
    names = [f"customer {number}" for number in range(len(drafts))]
    return World(
        as_of,
        spec,
        {
            name: [
                draft.event(f"{name} event {number}", name, as_of, spec.zone)
                for number, draft in enumerate(own)
            ]
            for name, own in zip(names, drafts, strict=True)
        },
        [draft.fact(names, as_of) for draft in facts],
    )


def _drafts(money: SearchStrategy[Decimal | None]) -> SearchStrategy[Draft]:
    return st.builds(
        Draft,
        when=_INSTANTS,
        lateness=st.sampled_from((0, 0, 0, 0, 1, 2, 3)),
        type=st.sampled_from(TYPES),
        channel=st.sampled_from(("store", "store", "web", "phone", None)),
        location_id=st.sampled_from(("north st", "south st", "", None)),
        order_id=st.sampled_from(("o1", "o2", "o3", "o4", "", None)),
        item_id=st.sampled_from((*PATHS, "not in the catalogue", "nor this", "", None)),
        amount=money,
        discount=money,
        campaign_id=st.sampled_from(("spring", "autumn", "", None)),
        rating=st.sampled_from((None, None, 0.0, 3.5, 4.0, 5.0, -1.25)),
    )


_CUTOFFS = st.tuples(
    st.sampled_from([(zone, day) for zone, days in CUTOFF_DAYS.items() for day in days]),
    st.sampled_from(TIMES),
).map(lambda drawn: (*drawn[0], drawn[1]))
_INSTANTS: SearchStrategy[Edge | Away] = st.one_of(
    st.sampled_from([Edge(days, nudge) for days in EDGES for nudge in NUDGES]),
    st.sampled_from([Away(nudge) for nudge in NUDGES]),
    st.integers(-160 * 86_400, 40 * 86_400).map(lambda seconds: Away(timedelta(seconds=seconds))),
)
_FACTS = st.builds(
    FactDraft,
    customer=st.integers(0, 3),
    told=st.sampled_from(
        [
            *[("age", value) for value in ("young", "old", "ageless")],
            *[("region", value) for value in ("north", "south", "abroad")],
            *[("income", value) for value in ("12.5", "-3", "much", "inf", "nan")],
            ("unknown attribute", "x"),
        ]
    ),
    observed=st.sampled_from((None, *[timedelta(days=days) for days in (-30, -1, 0, 3)], -MICROSECOND)),
)


def long_world(zone: str, seed: int) -> World:
    """Three customers with a year of events each, orders of many lines, some of them mixed."""
    dice = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    as_of = datetime(2018, 1, 1, 5, tzinfo=UTC)
    days = timedelta(days=365)
    events_of = {
        name: [_event(f"{name}/{number}", name, as_of - days * dice.random(), dice) for number in range(400)]
        for name in ("ann", "bo", "cy")
    }
    return World(as_of, spec_in(zone), events_of)


def _event(event_id: str, customer_id: str, occurred: datetime, dice: random.Random) -> Event:
    begun = occurred.replace(hour=occurred.hour // 6 * 6, minute=0, second=0, microsecond=0)
    return Event(
        event_id=event_id,
        customer_id=customer_id,
        occurred_at=begun,
        received_at=begun,
        type=dice.choice(TYPES),
        channel=dice.choice(("store", "web", None)),
        location_id=dice.choice(("a", "b", "c", None)),
        order_id=dice.choice((f"{customer_id} {begun}", f"{customer_id} {begun.date()}", None)),
        item_id=dice.choice((*PATHS, "strange", None)),
        amount=Decimal(dice.randrange(-4, 200)) / 4,
        discount=Decimal(dice.randrange(0, 8)) / 4,
        campaign_id=dice.choice(("one", "two", "three")),
        rating=dice.choice((None, 1.0, 3.5, 4.0, 5.0)),
    )
