"""A kept answer is the answer that would be worked out now, byte for byte, whatever happened in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from core.clock import midnight
from core.storage import Store, open_store
from features.catalogue import Catalogue, CatalogueItem
from features.contract import Event
from features.flush import flush
from features.intake import accept
from features.lake import Lake
from features.online import OnlineFeatures
from features.shop import read_items
from features.tables import Attribute
from review.decisions import Decision
from review.words import decide
from serving import predict
from serving.composing import answer_at_once
from serving.kept import Kept, KeptAnswers
from serving.metrics import Metrics
from serving.predict import Predictor
from serving.snapshot import Snapshot, load_snapshot, load_tags
from tags.certificates import read_certificates
from tags.certificates import record as record_certificates
from tags.taxonomy import Taxonomy

START = datetime(2018, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
CUSTOMERS = ("c1", "c33", "silent", "nobody")
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@dataclass
class Hand:
    """A clock that a test sets."""

    instant: datetime = START

    def now(self) -> datetime:
        return self.instant


@dataclass
class World:
    """A home with one server's predictor, a second writer, and several snapshots to swap."""

    store: Store
    other_store: Store
    lake: Lake
    taxonomy: Taxonomy
    snapshots: list[Snapshot]
    clock: Hand = field(default_factory=Hand)
    serving: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.predictor = Predictor(self.store, self.clock, lambda: self.snapshots[self.serving], Metrics())

    def worked_out(self, customer: str) -> bytes:
        """The answer of a server that kept nothing."""
        new = Predictor(self.other_store, self.clock, lambda: self.snapshots[self.serving], Metrics())
        try:
            return new.few([customer])
        finally:
            new.close()

    def number(self) -> str:
        self.count += 1
        return str(self.count)

    def event(self, customer: str, *, late: timedelta = timedelta(0), by_other: bool = False) -> None:
        event = Event(
            event_id=f"kept {self.number()}",
            customer_id=customer,
            occurred_at=self.clock.instant,
            received_at=self.clock.instant + late,
            type="purchase",
            item_id="t1",
            order_id=f"kept {self.count}",
        )
        accept(self.other_store if by_other else self.store, [event], now=self.clock.instant)

    def decide(self, customer: str, *, accepted: bool, ago: timedelta) -> None:
        decision = Decision(f"k{self.number()}", customer, "tea", accepted, "lin", self.clock.instant - ago)
        tags = [tag.model_copy(update={"lifetime_days": 1}) for tag in self.taxonomy.tags]
        short = self.taxonomy.model_copy(update={"tags": tuple(tags)})
        with self.other_store.write() as connection:
            decide(connection, decision, short, now=self.clock.instant, zone=self.snapshots[0].spec.zone)

    def fact(self, customer: str, *, ahead: timedelta) -> None:
        values = {"customer_id": customer, "key": "age", "value": ("18-29", "50+")[self.count % 2]}
        row = {"fact_id": f"k{self.number()}", "observed_at": self.clock.instant + ahead, **values}
        with self.store.write() as connection:
            connection.execute(insert(Attribute), [row])

    def to_midnight(self, microseconds: int) -> None:
        zone = self.snapshots[0].spec.zone
        tomorrow = self.clock.instant.astimezone(zone).date() + timedelta(days=1)
        self.clock.instant = midnight(tomorrow, zone).astimezone(UTC) + microseconds * MICROSECOND

    def wait(self, time: timedelta) -> None:
        self.clock.instant += time

    def swap(self) -> None:
        self.serving = (self.serving + 1) % len(self.snapshots)

    def flush(self) -> None:
        flush(self.other_store, self.lake)


@pytest.fixture(scope="module")
def world(
    trained_home: Any, publish: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Three snapshots: a release, the same with another catalogue, and another release."""
    home = trained_home.copy_to(tmp_path_factory.mktemp("kept") / "shop")
    store, other = open_store(home.settings), open_store(home.settings)
    taxonomy = load_tags(home.settings, store)
    with store.write() as connection:
        (coffee,) = (
            one for one in read_certificates(connection, ["interest/1"]).values() if one.tag == "coffee"
        )
        record_certificates(connection, [replace(coffee, expires_at=START + 7 * HOUR)])
    first = load_snapshot(home.settings, store, taxonomy)
    with store.read() as connection:
        items = read_items(connection)
    moved = [CatalogueItem(one.item_key, ["FOOD", "TEA"]) for one in items]
    second = Snapshot(
        first.release,
        OnlineFeatures(first.spec, Catalogue(moved, first.spec.groups)),
        taxonomy,
        home.settings.currency,
    )
    publish(home.settings, store, version=2)
    third = load_snapshot(home.settings, store, taxonomy)
    yield World(store, other, Lake(home.settings.lake_path), taxonomy, [first, second, third])
    store.close()
    other.close()


_DURATIONS = st.sampled_from(
    [MICROSECOND, timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(hours=-2)]
)
_AHEAD = st.sampled_from([timedelta(0), MICROSECOND, timedelta(hours=1)])
_SOMEBODY = st.sampled_from(CUSTOMERS)
_STEPS = st.one_of(
    st.builds(lambda of: lambda world: world.wait(of), _DURATIONS),
    st.builds(lambda at: lambda world: world.to_midnight(at), st.integers(-1, 2)),
    st.builds(
        lambda name, late, other: lambda world: world.event(name, late=late, by_other=other),
        _SOMEBODY,
        _AHEAD,
        st.booleans(),
    ),
    st.builds(
        lambda name, accepted, ago: lambda world: world.decide(name, accepted=accepted, ago=ago),
        _SOMEBODY,
        st.booleans(),
        _AHEAD,
    ),
    st.builds(lambda name, ahead: lambda world: world.fact(name, ahead=ahead), _SOMEBODY, _AHEAD),
    st.just(lambda world: world.swap()),
    st.just(lambda world: world.flush()),
)


# What one customer's answer has to survive: a step, a moment in which it is kept, and the instant of the change.
_SCENARIOS: list[list[Callable[[World], None]]] = [
    [
        lambda world: world.event("c1", late=HOUR),
        lambda world: world.wait(HOUR / 2),
        lambda world: world.wait(HOUR),
    ],
    [
        lambda world: world.fact("c1", ahead=HOUR),
        lambda world: world.wait(HOUR / 2),
        lambda world: world.wait(HOUR),
    ],
    [
        lambda world: world.decide("c1", accepted=False, ago=timedelta(0)),
        lambda world: world.to_midnight(2),
        lambda world: world.wait(10 * HOUR),
        lambda world: world.wait(13 * HOUR),
        lambda world: world.wait(3 * HOUR),
    ],
    [
        lambda world: world.to_midnight(-1),
        *[lambda world: world.wait(MICROSECOND)] * 4,
    ],
    [lambda world: world.wait(6 * HOUR), lambda world: world.wait(HOUR), lambda world: world.wait(HOUR)],
    [lambda world: world.wait(HOUR), lambda world: world.swap(), lambda world: world.wait(MICROSECOND)],
]


def test_kept_answers_are_those_that_would_be_worked_out_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[str] = []

    def counted(snapshot: Snapshot, stored: Any, *more: Any) -> Any:
        worked_out.extend(one.customer.customer_id for one in stored)
        return answer_at_once(snapshot, stored, *more)

    monkeypatch.setattr(predict, "answer_at_once", counted)
    asked, together = 0, [CUSTOMERS[:1], CUSTOMERS[1:], CUSTOMERS]

    @given(st.lists(_STEPS, min_size=1, max_size=12) | st.sampled_from(_SCENARIOS))
    @example(_SCENARIOS[0])
    @example(_SCENARIOS[1])
    @example(_SCENARIOS[2])
    @example(_SCENARIOS[3])
    @example(_SCENARIOS[4])
    @example(_SCENARIOS[5])
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    def run(steps: list[Callable[[World], None]]) -> None:
        nonlocal asked
        for step in steps:
            step(world)
            # Several calls at once are told what each would be told alone.
            for customers in together:
                asked += len(customers)
                bodies = world.predictor.calls([[customer] for customer in customers])
                assert bodies == [world.worked_out(customer) for customer in customers]

    run()
    assert (
        asked < len(worked_out) < 2 * asked
    )  # each was worked out once for comparison, and not each by the server


def test_an_event_of_somebody_else_leaves_an_answer_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.predictor.few(["c1"])
    world.event("c33", by_other=True)
    monkeypatch.setattr(predict, "answer_at_once", lambda *_: pytest.fail("worked out again"))
    world.predictor.few(["c1"])


def test_an_acknowledged_event_counts_in_the_next_answer_whoever_took_it(world: World) -> None:
    for by_other in (False, True):
        before = world.predictor.few(["c7"])
        world.event("c7", by_other=by_other)
        world.wait(MICROSECOND)
        assert world.predictor.few(["c7"]).partition(b'"customers"')[2] != before.partition(b'"customers"')[2]


def test_kept_answers_are_few_and_the_longest_unused_goes_first() -> None:
    kept, snapshot = KeptAnswers(most=3), object()
    one = Kept(b"{}", START, START + timedelta(hours=1), (), 1)
    for name in ("a", "b", "c"):
        kept.keep(snapshot, name, one)  # type: ignore[arg-type]  # any object is itself
    assert kept.find(snapshot, "a", START) is one  # type: ignore[arg-type]
    kept.keep(snapshot, "d", one)  # type: ignore[arg-type]
    found = [name for name in "abcd" if kept.find(snapshot, name, START)]  # type: ignore[arg-type]
    assert (found, len(kept)) == (["a", "c", "d"], 3)


def test_kept_answers_go_with_their_snapshot() -> None:
    kept, before, after = KeptAnswers(), object(), object()
    one = Kept(b"{}", START, START + timedelta(hours=1), (), 1)
    kept.keep(before, "a", one)  # type: ignore[arg-type]
    assert kept.find(after, "a", START) is None  # type: ignore[arg-type]
    kept.keep(after, "b", one)  # type: ignore[arg-type]
    assert len(kept) == 1
