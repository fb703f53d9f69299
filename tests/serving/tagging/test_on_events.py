"""New events and the profile: rules and triggers have done their work when the events are accepted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from core.clock import FixedClock
from core.settings import Settings
from core.storage import Store, open_store
from features.contract import Event
from features.intake import Receipt, accept
from features.tables import Item
from serving.tagging.on_events import OnEvents
from tags.profile.reading import Carried, profile_at
from tags.profile.tables import Computed
from tags.taxonomy import Taxonomy, parse_taxonomy
from tags.triggers.due import waits_of
from tags.workings import Workings, load_workings

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Definitions = Mapping[str, Mapping[str, Any]]

SHOP: Definitions = {
    "first_purchase": {
        "trigger": {"events": ["purchase"], "when": "before.baskets_ever = 0"},
        "lifetime_days": 14,
    },
    "member": {"trigger": {"events": ["sign_up"]}},
    "answers_mail": {
        "trigger": {"events": ["coupon_redeem", "click"], "when": "event.campaign_id in ('m7', 'm8')"}
    },
    "coffee_buyer": {"trigger": {"events": ["purchase"], "when": "event.category = 'COFFEE'"}},
    "left_cart": {"trigger": {"events": ["cart_add"], "after": "24h", "unless": ["purchase"]}},
    "repurchase_due": {
        "trigger": {
            "events": ["purchase"],
            "when": "purchase_days_ever >= 3",
            "after_days": "gap_mean_days",
            "unless": ["purchase"],
        }
    },
    "low": {"rule": {"when": "spend_84d > 0"}, "group": "spend"},
    "high": {"rule": {"when": "spend_84d >= 100"}, "group": "spend"},
    "spends_more": {"trigger": {"crosses": "spend", "direction": "up"}},
    "spends_less": {"trigger": {"crosses": "spend", "direction": "down"}},
    "thank": {"rule": {"when": "tag.spends_more or tag.member"}},
}


def taxonomy_of(definitions: Definitions) -> Taxonomy:
    groups = [{"key": "spend", "name": {"en": "Spend", "zh": "消费"}, "exclusive": True}]
    tags = []
    for key, own in definitions.items():
        words = {"en": key, "zh": key}
        method = "rule" if "rule" in own else "trigger"
        tags.append({"key": key, "name": words, "definition": words, "method": method, **own})
    found = parse_taxonomy({"tags": tags, "groups": groups})
    return found.with_versions(dict.fromkeys(definitions, 1))


@dataclass
class Shop:
    """A store with the tags of a shop, and a clock that stands where it is told."""

    settings: Settings
    store: Store
    taxonomy: Taxonomy
    now: datetime = NOW
    workings: Workings = field(init=False)

    def __post_init__(self) -> None:
        with self.store.write() as connection:
            rows = [
                {
                    "item_id": name,
                    "item_key": number,
                    "name": None,
                    "category_paths": [["FOOD", name.upper()]],
                    "brand": None,
                }
                for number, name in enumerate(("coffee", "tea"), 1)
            ]
            connection.execute(insert(Item), rows)
        self.define(self.taxonomy)

    def define(self, taxonomy: Taxonomy) -> None:
        """Use those definitions, with which everybody was looked at."""
        self.taxonomy = taxonomy
        with self.store.write() as connection:
            self.workings = load_workings(connection, self.settings, taxonomy)
            assert not self.workings.conditions.broken
            assert not self.workings.rulebook.broken
            connection.execute(Computed.__table__.delete())  # type: ignore[attr-defined]
            row = {"part": "rules", "through": self.now, "version": f"{taxonomy.version}/r1"}
            connection.execute(insert(Computed), [{**row, "computed_at": self.now}])

    def send(self, *events: Event) -> Receipt:
        """Accept the events as a server does."""
        then = OnEvents(lambda: self.workings, FixedClock(self.now))
        return accept(self.store, events, now=self.now, then=then)

    def profile(self, customer_id: str = "ann", at: datetime | None = None) -> dict[str, Carried]:
        with self.store.read() as connection:
            found = profile_at(connection, [customer_id], at or self.now)
        return {one.tag: one for one in found.get(customer_id, ())}

    def tags(self, customer_id: str = "ann") -> set[str]:
        return set(self.profile(customer_id))

    def waits(self, customer_id: str = "ann") -> dict[str, datetime]:
        with self.store.read() as connection:
            return {wait.tag: wait.due_at for wait in waits_of(connection, [customer_id])}


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Shop]:
    settings = Settings(home=tmp_path, timezone=ZONE.key, currency="USD", database_url=database_url)
    store = open_store(settings)
    yield Shop(settings, store, taxonomy_of(SHOP))
    store.close()


numbers = iter(range(10**9))


def event(type_: str, at: datetime, customer_id: str = "ann", **more: Any) -> Event:
    """One event with an id of its own, received when it happened."""
    return Event(f"{type_} {next(numbers)}", customer_id, at, at, type_, **more)


def purchase(at: datetime, amount: float = 5, customer_id: str = "ann", **more: Any) -> Event:
    given = {"amount": Decimal(str(amount)), "item_id": "tea", **more}
    return event("purchase", at, customer_id, **given)


def test_rules_and_triggers_have_given_their_tags_when_the_event_is_accepted(shop: Shop) -> None:
    shop.send(first := purchase(NOW - HOUR, item_id="coffee"))
    assert shop.tags() == {"first_purchase", "coffee_buyer", "low"}
    carried = shop.profile()["first_purchase"]
    assert carried.evidence == {
        "event_id": first.event_id,
        "event_type": "purchase",
        "occurred_at": (NOW - HOUR).isoformat(),
    }
    assert (carried.source_version, carried.began_at, carried.as_of) == ("1", NOW, NOW - HOUR)
    assert carried.ends_at == NOW - HOUR + 14 * DAY
    assert shop.profile()["low"].evidence == {"spend_84d": 5}


def test_second_purchase_is_no_first_one_and_an_earlier_one_that_arrives_late_neither(shop: Shop) -> None:
    shop.send(event("visit", NOW - 3 * DAY), purchase(NOW - 2 * DAY))
    given = shop.profile()["first_purchase"].evidence
    shop.send(purchase(NOW - HOUR))
    shop.send(purchase(NOW - 9 * DAY))
    assert shop.profile()["first_purchase"].evidence == given


def test_same_event_sent_twice_triggers_once(shop: Shop) -> None:
    signed = event("sign_up", NOW - HOUR)
    shop.send(signed)
    before = shop.profile()
    shop.now += HOUR
    assert shop.send(signed, signed).duplicates == 2
    assert shop.profile() == before


def test_conditions_read_the_event_itself(shop: Shop) -> None:
    shop.send(event("click", NOW - HOUR, campaign_id="s1"), event("click", NOW - HOUR))
    assert shop.tags() == set()
    shop.send(event("click", NOW - HOUR, campaign_id="m7"))
    assert shop.tags() == {"answers_mail"}


def test_call_about_many_customers_is_each_ones_own(shop: Shop) -> None:
    shop.send(*(purchase(NOW - HOUR, 5 * n, f"c{n}") for n in range(1, 31)))
    assert {n for n in range(1, 31) if "high" in shop.tags(f"c{n}")} == set(range(20, 31))
    assert all("first_purchase" in shop.tags(f"c{n}") for n in range(1, 31))


def test_event_known_so_late_that_the_tag_would_be_over_gives_none(shop: Shop) -> None:
    shop.send(purchase(NOW - 15 * DAY))
    assert shop.tags() == {"low"}


def test_cart_begins_a_wait_and_a_purchase_calls_it_off(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    assert (shop.tags(), shop.waits()) == (set(), {"left_cart": NOW + 23 * HOUR})
    shop.send(purchase(NOW - HOUR / 2))
    assert shop.waits() == {}


def test_another_cart_begins_the_wait_anew_whichever_arrives_first(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 2 * HOUR))
    shop.send(event("cart_add", NOW - HOUR), event("cart_add", NOW - 3 * HOUR))
    shop.send(event("cart_add", NOW - 5 * HOUR))
    assert shop.waits() == {"left_cart": NOW + 23 * HOUR}


def test_purchase_that_arrives_late_calls_off_a_cart_that_is_not_due_yet(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 20 * HOUR))
    shop.now = NOW + 3 * HOUR
    shop.send(purchase(NOW - 19 * HOUR))
    assert shop.waits() == {}


def test_purchase_before_the_cart_calls_nothing_off(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    shop.send(purchase(NOW - 2 * HOUR))
    assert set(shop.waits()) == {"left_cart"}


def test_cart_that_arrives_after_the_purchase_that_followed_it_begins_nothing(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR))
    shop.send(event("cart_add", NOW - 2 * HOUR))
    assert shop.waits() == {}


def test_cart_that_becomes_known_after_it_was_due_gives_the_tag_at_once_and_says_how_late(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 26 * HOUR))
    assert (shop.tags(), shop.waits()) == ({"left_cart"}, {})
    assert shop.profile()["left_cart"].evidence["late_seconds"] == 7200


def test_purchase_ends_the_tag_of_a_cart_that_was_left(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 26 * HOUR))
    shop.send(purchase(NOW - 30 * HOUR))
    assert "left_cart" in shop.tags()
    shop.now += HOUR
    shop.send(purchase(NOW))
    assert "left_cart" not in shop.tags()
    assert "left_cart" in shop.profile(at=NOW)


def test_repurchase_is_due_by_the_customers_own_cycle(shop: Shop) -> None:
    shop.send(purchase(NOW - 9 * DAY), purchase(NOW - 5 * DAY))
    assert "repurchase_due" not in shop.waits()
    last = NOW - DAY
    shop.send(purchase(last, order_id="o1"), purchase(last, order_id="o1"))
    assert shop.waits() == {"repurchase_due": last + 4 * DAY}
    shop.now += HOUR
    shop.send(purchase(NOW))
    assert shop.waits()["repurchase_due"] == NOW + 3 * DAY


def test_move_to_a_higher_tier_gives_its_tag_and_what_rests_on_it_in_the_same_call(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 60))
    assert shop.tags() == {"first_purchase", "low"}
    shop.send(purchase(NOW - HOUR, 60))
    assert shop.tags() == {"first_purchase", "high", "spends_more", "thank"}
    evidence = shop.profile()["spends_more"].evidence
    assert (evidence["from"], evidence["to"]) == ("low", "high")
    shop.now += 90 * DAY
    shop.send(purchase(shop.now - HOUR, 5))
    assert shop.tags() >= {"low", "spends_less"}


def test_move_between_tiers_right_after_a_definition_changed_is_not_news(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 60))
    changed = taxonomy_of({**SHOP, "high": {"rule": {"when": "spend_84d >= 50"}, "group": "spend"}})
    with shop.store.read() as connection:
        shop.workings = load_workings(connection, shop.settings, changed)
    shop.now += HOUR
    shop.send(event("visit", NOW))
    assert "high" in shop.tags()
    assert "spends_more" not in shop.tags()


def test_without_definitions_events_are_kept_all_the_same(shop: Shop) -> None:
    receipt = accept(
        shop.store, [purchase(NOW - HOUR)], now=NOW, then=OnEvents(lambda: None, FixedClock(NOW))
    )
    assert (receipt.accepted, shop.tags()) == (1, set())
