"""What became of the models' words: told by events, once the horizon has passed, as training would tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import insert, select, update

from core.clock import add_days
from core.settings import Settings
from core.storage import Store
from features.build import build_panel
from features.contract import Event
from features.intake import accept
from features.outcomes import Horizon
from features.source import FeatureSource, open_source
from features.tables import Item
from review.deciding import Answer, answer_tasks
from review.outcomes import read_outcomes, resolve_outcomes
from review.planning import plan_day
from review.suggestions import Suggested, keep_suggestions
from review.tables import OutcomeLabel, Task
from tags.taxonomy import Taxonomy, load_taxonomy
from tests.conftest import Shop

AS_OF = datetime(2024, 1, 10, 3, 30, tzinfo=UTC)
ENDS = AS_OF + timedelta(days=30)
DATA_ENDS = datetime(2024, 2, 29, 16, tzinfo=UTC)  # the shop's 1 March
TAGS = ("coffee", "tea", "wine")


@dataclass
class Past:
    """A copy of the shop in which models said something of somebody."""

    settings: Settings
    store: Store
    source: FeatureSource
    taxonomy: Taxonomy

    def note(self, names: Sequence[str], tags: Sequence[str] = TAGS, as_of: datetime = AS_OF) -> None:
        said = {"stream": "served", "confidence": 0.7, "decision": "review", "model": "interest/1"}
        ends = add_days(as_of, self.settings.horizon_days, self.settings.zone)
        rows = [
            {"customer_id": name, "tag": tag, "as_of": as_of, "ends_at": ends, **said}
            for name in names
            for tag in tags
        ]
        with self.store.write() as connection:
            connection.execute(insert(OutcomeLabel), rows)

    def resolve(self, now: datetime) -> int:
        return resolve_outcomes(self.settings, self.store, self.source, self.taxonomy, now=now)

    def told(self, stream: str = "served") -> pd.DataFrame:
        with self.store.read() as connection:
            return read_outcomes(connection, stream=stream)


@pytest.fixture
def past(loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]) -> Past:
    shop = copy_of(loaded_shop)
    store, taxonomy, settings = open_shop(shop), load_taxonomy(shop.taxonomy), shop.settings()
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
    return Past(settings, store, source, taxonomy)


def test_values_are_those_that_training_learns_from(past: Past) -> None:
    horizon = Horizon(past.settings.horizon_days, DATA_ENDS)
    panel = build_panel(past.source, [AS_OF], horizon=horizon)
    truth = panel.at(AS_OF).outcomes
    names = list(truth.index[:60])
    past.note(names)
    assert past.resolve(ENDS) == 60 * len(TAGS)
    told = past.told().pivot_table(index="customer_id", columns="tag", values="value", aggfunc="first")
    for tag in TAGS:
        assert told[tag].astype(float).to_dict() == truth.loc[names, tag].to_dict()
    assert 0 < told["coffee"].mean() < 1


def test_nothing_is_told_before_the_horizon_has_passed_and_nothing_twice(past: Past) -> None:
    past.note(["m001", "m002"])
    assert past.resolve(ENDS - timedelta(seconds=1)) == 0
    assert past.told().empty
    assert past.resolve(ENDS) == 2 * len(TAGS)
    first = past.told()
    assert past.resolve(ENDS + timedelta(days=3)) == 0
    pd.testing.assert_frame_equal(past.told(), first)
    assert set(first["resolved_at"]) == {ENDS}


def test_days_that_were_not_loaded_are_not_days_on_which_nobody_bought(past: Past) -> None:
    late = DATA_ENDS - timedelta(days=10)
    past.note(["m001"], as_of=late)
    assert past.resolve(DATA_ENDS + timedelta(days=300)) == 0
    assert past.told().empty


def test_a_customer_who_is_gone_tells_nothing_and_is_not_asked_again(past: Past) -> None:
    past.note(["m001", "nobody"], ["coffee"])
    past.note(["m001"], ["no_such_tag"])
    assert past.resolve(ENDS) == 1
    assert list(past.told()["customer_id"]) == ["m001"]
    with past.store.read() as connection:
        unresolved = connection.execute(
            select(OutcomeLabel.customer_id).where(OutcomeLabel.resolved_at.is_(None))
        ).all()
    assert unresolved == []


def test_a_live_event_that_is_not_in_the_lake_yet_counts(past: Past) -> None:
    past.note(["quiet"], ["coffee"])
    at = AS_OF + timedelta(days=2)
    bought = Event("live-1", "quiet", at, at, "purchase", item_id=coffee_item(past))
    accept(past.store, [bought], now=DATA_ENDS)
    assert past.resolve(ENDS) == 1
    assert list(past.told()["value"]) == [True]


def coffee_item(past: Past) -> str:
    """An item of the coffee group."""
    with past.store.read() as connection:
        for row in connection.execute(select(Item.item_id, Item.category_paths)):
            if any("咖啡豆" in path for path in row.category_paths):
                return str(row.item_id)
    raise AssertionError("the shop sells coffee")


def test_what_people_decided_is_held_against_outcomes_apart_from_what_was_served(past: Past) -> None:
    people = [
        Suggested(f"m{number:03}", "coffee", 0.6, "review", 1.0, "interest/1", AS_OF) for number in range(30)
    ]
    settings = past.settings.model_copy(update={"reviews_per_day": 40.0, "audit_share": 0.5})
    with past.store.write() as connection:
        keep_suggestions(connection, [one.customer_id for one in people], people)
        plan_day(connection, settings, ["coffee"], now=AS_OF)
        tasks = connection.execute(select(Task.__table__)).all()
        decided = tasks[:20]
        answers = [Answer(f"d{task.place}", task.task_id, "accept", 4_000) for task in decided]
        answer_tasks(connection, answers, "lin", past.taxonomy, settings, now=AS_OF)
    assert past.resolve(ENDS) == 20
    assert past.told().empty
    audit, informative = past.told("audit"), past.told("informative")
    assert len(audit) + len(informative) == 20
    assert len(audit) > 0
    assert audit["probability"].between(0, 1, inclusive="right").all()
    assert informative["probability"].isna().all()
    assert past.resolve(ENDS) == 0


def test_a_label_of_the_future_is_not_told_however_the_store_got_it(past: Past) -> None:
    past.note(["m001"], ["coffee"])
    with past.store.write() as connection:
        connection.execute(update(OutcomeLabel).values(ends_at=AS_OF))  # as after the horizon became longer
    assert past.resolve(AS_OF + timedelta(days=5)) == 0
    assert past.resolve(ENDS) == 1
