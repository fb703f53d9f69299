"""A refresh of everybody killed anywhere: each customer is as before or as after, and the next one does the rest."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from core.settings import Settings
from core.storage import Store
from features.contract import Event
from features.intake import accept
from serving.tagging.refreshing import is_due
from tags.catalogue.store import read_taxonomy
from tags.profile.checking import disagreeing
from tags.profile.reading import computed, profile_at
from tags.profile.tables import Change, ClaimRow
from tags.taxonomy import Taxonomy
from tests.faults import jobs
from tests.faults.killing import Running
from tests.faults.moments import Moment

CUSTOMERS, AT_ONCE, SPREAD_DAYS = 45, 15, 15  # each day a customer of each transaction crosses the limit
RECENT, LAPSING, LATE = "recent", "lapsing", "late"
LIMIT_DAYS = 16
NAMES = [f"c{number:02}" for number in range(CUSTOMERS)]
MOMENTS = (
    Moment("after", "serving.tagging.refreshing:load_tags"),
    Moment("after", "serving.tagging.refreshing:tick"),
    Moment("before", "serving.tagging.refreshing:write_values"),
    Moment("after", "serving.tagging.refreshing:write_values"),
    Moment("before", "serving.tagging.writing:put"),
    Moment("before", "tags.profile.book:Ledger.write"),
    Moment("after", "tags.profile.book:Ledger.write"),
    Moment("after", "serving.tagging.writing:put"),
    Moment("after", "serving.tagging.writing:put", call=2),
    Moment("before", "tags.profile.book:Ledger.write", call=3),
    Moment("after", "serving.tagging.writing:forget", call=3),
    Moment("before", "serving.tagging.refreshing:_stamp"),
    Moment("after", "serving.tagging.refreshing:_stamp"),
)
DAY = timedelta(days=1)


class World:
    """A shop where each day some customers cross from recent to lapsing, and a day of its clock at a time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.store = store
        self.settings = settings
        self.bought: dict[str, datetime] = {}

    def fill(self) -> None:
        events = []
        for number, name in enumerate(NAMES):
            at = jobs.NOW - (number % SPREAD_DAYS) * DAY - timedelta(hours=5)
            self.bought[name] = at
            events.append(Event(f"e {name}", name, at, at, "purchase"))
        accept(self.store, events, now=jobs.NOW)

    def given(self, at: datetime) -> dict[str, Any]:
        kept = self.settings.model_dump(include={"home", "database_url", "lake_buckets", "taxonomy"})
        return {**kept, "clock": "fixed", "clock_instant": at}

    @property
    def taxonomy(self) -> Taxonomy:
        with self.store.read() as connection:
            found = read_taxonomy(connection)
        assert found is not None
        return found

    def expected(self, at: datetime) -> Mapping[str, set[str]]:
        days = {name: (at.date() - bought.date()).days for name, bought in self.bought.items()}
        last = sorted(days.values())[len(days) // 2]  # whoever is above the middle is late
        return {
            name: {RECENT if gap < LIMIT_DAYS else LAPSING, *([LATE] if gap > last else [])}
            for name, gap in days.items()
        }

    def carried(self, at: datetime) -> Mapping[str, set[str]]:
        with self.store.read() as connection:
            found = profile_at(connection, NAMES, at)
        return {name: {one.tag for one in found.get(name, ())} for name in NAMES}

    def check_whole(self, at: datetime) -> None:
        """Profiles are what the claims come to, no claim stands twice, and no number of the feed is left out."""
        with self.store.read() as connection:
            assert disagreeing(connection, NAMES, taxonomy=self.taxonomy, now=at) == []
            numbers = connection.scalars(select(Change.seq).order_by(Change.seq)).all()
            standing = connection.execute(
                select(ClaimRow.customer_id, ClaimRow.tag).where(ClaimRow.ended_at.is_(None))
            ).all()
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(standing) == len(set(standing))


@pytest.fixture
def world(settings: Settings, store: Store, folder: Path) -> World:
    words = {"en": "x", "zh": "某"}
    rules = {
        RECENT: f"days_since_last_purchase < {LIMIT_DAYS}",
        LAPSING: f"days_since_last_purchase >= {LIMIT_DAYS}",
        LATE: "days_since_last_purchase > quantile(days_since_last_purchase, 0.5)",
    }
    tags = [
        {"key": key, "name": words, "definition": words, "method": "rule", "rule": {"when": when}}
        for key, when in rules.items()
    ]
    file = folder / "tags.yaml"
    file.write_text(yaml.safe_dump({"tags": tags}), encoding="utf-8")
    made = World(settings.model_copy(update={"taxonomy": file}), store)
    made.fill()
    return made


@pytest.mark.slow
def test_a_killed_refresh_leaves_each_customer_as_before_or_as_after_and_is_completed_by_the_next(
    world: World,
) -> None:
    at = jobs.NOW + timedelta(hours=1)
    Running(jobs.refresh_tags, world.given(at), AT_ONCE).wait()
    assert world.carried(at) == world.expected(at)
    for moment in MOMENTS:
        yesterday, at = at, at + DAY
        before, after = world.carried(yesterday), world.expected(at)
        Running(jobs.refresh_tags, world.given(at), AT_ONCE, dies=moment).dies()
        half = world.carried(at)
        assert [name for name in NAMES if half[name] not in (before[name], after[name])] == [], moment
        world.check_whole(at)
        with world.store.read() as connection:
            assert computed(connection)["rules"].through == yesterday, moment
            assert is_due(connection, world.settings, at), moment
        Running(jobs.refresh_tags, world.given(at), AT_ONCE).wait()
        assert world.carried(at) == after, moment
        world.check_whole(at)
        with world.store.read() as connection:
            assert computed(connection)["rules"].through == at
