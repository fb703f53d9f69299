"""Everybody worked out: models and rules are on the profiles, only differences are written, a kill hurts nobody."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import delete, func, select, update

from core.errors import ConflictError
from core.settings import Settings
from core.storage import Store, open_store
from features.contract import Event
from features.intake import accept
from serving.snapshot import load_snapshot, load_tags
from serving.tagging.checking import Rebuilt, rebuild
from serving.tagging.everybody import everybody
from serving.tagging.on_events import OnEvents
from serving.tagging.refreshing import LOCK_FILE, is_due, refresh
from serving.tagging.working import Worker
from tags.catalogue.store import put_tags, read_taxonomy
from tags.current import Current
from tags.definition import Method, Tag
from tags.profile.book import Written, put, withdraw
from tags.profile.claims import Claim, Source
from tags.profile.people import Word, say
from tags.profile.reading import computed, profile_at
from tags.profile.tables import ClaimRow, CustomerPrediction, Span
from tags.profile.touched import mark, touched
from tags.taxonomy import Taxonomy
from tests.serving.conftest import END, Home

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
"""The shop's day is that of Shanghai, which has no clock changes."""


def rule(key: str, when: str, **more: Any) -> Tag:
    words = {"en": key, "zh": key}
    content = {"key": key, "name": words, "definition": words, "kind": "behaviour", "method": "rule"}
    return Tag.model_validate({**content, "rule": {"when": when}, **more})


@dataclass
class Now:
    """A clock that is set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Shop:
    settings: Settings
    store: Store
    clock: Now = field(default_factory=lambda: Now(END + MINUTE))

    def define(self, *tags: Tag) -> None:
        load_tags(self.settings, self.store)
        with self.store.write() as connection:
            put_tags(connection, tags, by="lin", origin="api", now=self.clock.at)

    def refresh(self, **how: Any) -> Written | None:
        done = refresh(self.settings, self.store, self.clock, **how)
        return None if done is None else done.written

    def carried(self, *sources: str) -> dict[str, set[str]]:
        """By customer the tags carried now, by these sources or any."""
        names = [name for some in everybody(self.store) for name in some]
        with self.store.read() as connection:
            found = profile_at(connection, names, self.clock.at)
        return {
            name: {one.tag for one in tags if not sources or one.source in sources}
            for name, tags in found.items()
        }

    def worker(self) -> Worker:
        snapshot = load_snapshot(self.settings, self.store, self.taxonomy)
        return Worker(self.settings, self.store, self.clock, Current(self.settings, self.store), snapshot)

    def rebuild(self) -> Rebuilt:
        snapshot = load_snapshot(self.settings, self.store, self.taxonomy)
        return rebuild(self.settings, self.store, self.clock, snapshot)

    @property
    def taxonomy(self) -> Taxonomy:
        with self.store.read() as connection:
            found = read_taxonomy(connection)
        assert found is not None
        return found

    def buy(self, customer: str, item: str, number: int) -> None:
        event = Event(
            event_id=f"new {number}",
            customer_id=customer,
            occurred_at=self.clock.at - timedelta(microseconds=2),
            received_at=self.clock.at - timedelta(microseconds=1),
            type="purchase",
            item_id=item,
            order_id=f"new {number}",
        )
        on_events = OnEvents(Current(self.settings, self.store), self.clock)
        accept(self.store, [event], now=self.clock.at, then=on_events)


@pytest.fixture
def shop(trained_home: Home, tmp_path: Path) -> Iterator[Shop]:
    home = trained_home.copy_to(tmp_path / "shop")
    store = open_store(home.settings)
    yield Shop(home.settings, store)
    store.close()


FREQUENT = rule("frequent", "baskets_84d >= 18")
YOUNG = rule("young", "attribute.age = '18-29'")
LIKELY = rule("likely", "tag.coffee and tag.frequent")


def test_models_and_rules_tag_everybody_and_say_through_when(shop: Shop) -> None:
    shop.define(FREQUENT, YOUNG)
    written = shop.refresh()
    assert written is not None
    assert written.new > 0
    carried = shop.carried()
    asked = load_snapshot(shop.settings, shop.store, shop.taxonomy)
    with shop.store.read() as connection:
        rows = asked.features.of_stored(connection, ["c11"], shop.clock.at)[1]
        segments = connection.scalar(select(func.count(CustomerPrediction.segment)))
        through = computed(connection)
    confidence = asked.said_of(rows).predictions.interest
    assert confidence is not None
    assert ("coffee" in carried.get("c11", ())) == bool(confidence[0, asked.tag_numbers["coffee"]] >= 0.7)
    assert {name for name, tags in carried.items() if "young" in tags} == {f"c{n}" for n in range(0, 90, 3)}
    assert any("coffee" in tags for tags in carried.values())
    assert any("frequent" in tags for tags in carried.values())
    assert not any("tea" in tags for tags in carried.values()), "tea has no certificate"
    assert segments == 90
    assert {part: one.through for part, one in through.items() if part in {"rules", "models"}} == {
        "rules": shop.clock.at,
        "models": shop.clock.at,
    }


def test_what_was_worked_out_today_is_not_again_and_a_forced_refresh_writes_nothing(shop: Shop) -> None:
    shop.define(FREQUENT, YOUNG)
    shop.refresh()
    assert shop.refresh() is None
    again = shop.refresh(force=True)
    assert again is not None
    assert (again.new, again.ended, again.changes) == (0, 0, 0)
    shop.clock.at += DAY
    with shop.store.read() as connection:
        assert is_due(connection, shop.settings, shop.clock.at)
    assert shop.refresh() is not None


def test_a_changed_definition_is_followed_and_a_tag_that_is_no_rule_any_more_goes(shop: Shop) -> None:
    shop.define(FREQUENT, YOUNG)
    shop.refresh()
    old = rule("young", "attribute.age = '50+'")
    shop.clock.at += MINUTE
    shop.define(old, FREQUENT.model_copy(update={"method": Method.MANUAL, "rule": None}))
    assert shop.refresh() is not None
    carried = shop.carried()
    assert {name for name, tags in carried.items() if "young" in tags} == {
        *(f"c{n}" for n in range(2, 90, 3)),
        "silent",
    }
    assert not any("frequent" in tags for tags in carried.values())


def test_a_draft_is_carried_by_nobody_a_pilot_by_its_sample_and_an_active_tag_by_all(shop: Shop) -> None:
    sizes = []
    for status, share in (("draft", None), ("pilot", 0.4), ("active", None), ("draft", None)):
        shop.clock.at += MINUTE
        shop.define(rule("young", "attribute.age = '18-29'", status=status, pilot_share=share))
        shop.refresh()
        sizes.append(sum("young" in tags for tags in shop.carried().values()))
    assert sizes[0] == sizes[3] == 0
    assert 0 < sizes[1] < sizes[2] == 30


def test_touched_customers_are_looked_at_again_and_only_they(shop: Shop) -> None:
    shop.define(FREQUENT, LIKELY)
    shop.refresh()
    shop.clock.at += MINUTE
    worker = shop.worker()
    before = shop.carried()
    name = next(name for name, tags in sorted(before.items()) if tags == {"frequent"})
    word = Word("w1", name, "coffee", carries=True, by="lin")
    with shop.store.write() as connection:
        say(connection, word, taxonomy=shop.taxonomy, now=shop.clock.at, zone=shop.settings.zone)
        assert touched(connection, 10) == [name]
    worker.work_out([name])
    assert shop.carried()[name] == {"frequent", "coffee", "likely"}
    with shop.store.read() as connection:
        assert touched(connection, 10) == []
        assert connection.scalar(select(func.max(CustomerPrediction.as_of))) == shop.clock.at


class Interrupted(Executor):
    """Carries out turns, and has something done before each."""

    def __init__(self, before: Callable[[], object]) -> None:
        self._before = before

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._before()
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def test_whoever_was_spoken_of_while_rules_looked_is_looked_at_again(shop: Shop) -> None:
    shop.define(FREQUENT, LIKELY)
    shop.refresh()
    shop.clock.at += MINUTE
    name = next(name for name, tags in sorted(shop.carried().items()) if tags == {"frequent"})
    coffee = Claim(None, name, "coffee", 1, Source.TRIGGER, "1", carries=True, as_of=shop.clock.at)
    turns = count()

    def claim_late() -> None:
        if next(turns) == 1:  # the models' turn is over, the rules have looked
            with shop.store.write() as connection:
                put(connection, [coffee], taxonomy=shop.taxonomy, now=shop.clock.at)

    with shop.store.write() as connection:
        mark(connection, [name])
    replace(shop.worker(), writer=Interrupted(claim_late)).work_out([name])
    assert shop.carried()[name] == {"frequent", "coffee"}
    with shop.store.read() as connection:
        assert touched(connection, 10) == [name]
    shop.worker().work_out([name])
    assert shop.carried()[name] == {"frequent", "coffee", "likely"}


def test_what_is_kept_up_by_events_and_days_is_what_a_full_rebuild_gives(shop: Shop) -> None:
    shop.define(FREQUENT, YOUNG, LIKELY)
    shop.refresh()
    worker = shop.worker()
    for number in range(30):
        shop.clock.at += 7 * MINUTE
        shop.buy(f"c{number * 7 % 90}", ("c1", "t1", "b1")[number % 3], number)
        if number % 4 == 0:
            with shop.store.read() as connection:
                names = touched(connection, 100)
            worker.work_out(names)
        if number in {11, 23}:
            shop.clock.at += DAY
            shop.refresh()
    with shop.store.read() as connection:
        worker.work_out(touched(connection, 100))
    kept = shop.carried()
    found = shop.rebuild()
    assert (found.customers, found.waiting, found.differing) == (91, 0, ())
    again = shop.refresh(force=True)
    assert again is not None
    assert (again.new, again.ended, again.changes) == (0, 0, 0)
    assert shop.carried() == kept


def test_a_rebuild_names_whose_profile_models_or_rules_say_otherwise(shop: Shop) -> None:
    shop.define(FREQUENT, YOUNG)
    shop.refresh()
    carried = shop.carried()
    of_model = next(name for name, tags in sorted(carried.items()) if "coffee" in tags)
    of_rule = next(name for name, tags in sorted(carried.items()) if "young" in tags and name != of_model)
    taxonomy = shop.taxonomy
    with shop.store.write() as connection:
        own = ClaimRow.customer_id == of_model, ClaimRow.tag == "coffee"
        connection.execute(update(ClaimRow).where(*own).values(confidence=0.05))
        connection.execute(delete(Span).where(Span.customer_id == of_model, Span.tag == "coffee"))
        those = [(of_rule, "young", Source.RULE)]
        withdraw(connection, those, because="no_longer", taxonomy=taxonomy, now=shop.clock.at)
    found = shop.rebuild()
    assert (found.profiles, found.models, found.rules) == ((of_model,), (of_model,), (of_rule,))
    shop.refresh(force=True)
    assert shop.rebuild().differing == ()
    assert shop.carried() == carried


def test_a_refresh_that_is_killed_leaves_no_stamp_and_the_next_one_completes_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.define(FREQUENT, YOUNG)
    done = Worker.work_out
    calls: list[int] = []

    def die(worker: Worker, names: list[str], *, resettled: bool = False) -> Written:
        calls.append(len(names))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done(worker, names, resettled=resettled)

    monkeypatch.setattr("serving.tagging.everybody.CUSTOMERS_AT_ONCE", 40)
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "work_out", die)
        with pytest.raises(KeyboardInterrupt):
            shop.refresh()
    half = shop.carried()
    with shop.store.read() as connection:
        assert "rules" not in computed(connection)
    shop.refresh()
    whole = shop.carried()
    assert 0 < len(half) < len(whole)
    assert all(whole[name] == tags for name, tags in half.items())


def test_a_second_refresh_at_once_is_told_that_one_is_at_work(shop: Shop) -> None:
    with FileLock(shop.settings.home / LOCK_FILE), pytest.raises(ConflictError, match="working out"):
        shop.refresh(wait=False)
