"""A shop with rules and triggers of every kind, and a clock that stands where it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from core.clock import FixedClock
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import upsert
from features import counters
from features.contract import Event
from features.intake import Receipt, accept
from features.tables import Item
from serving.tagging.on_events import OnEvents
from tags.catalogue.store import COUNTER, put_tags, retire
from tags.current import Current
from tags.profile.reading import Carried, profile_at
from tags.profile.tables import Computed
from tags.taxonomy import Taxonomy, parse_taxonomy
from tags.triggers.due import waits_of
from tags.triggers.moves import RULES
from tags.triggers.timing import Ticked, tick

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
        method = own.get("method", "rule" if "rule" in own else "trigger")
        tags.append({"key": key, "name": words, "definition": words, "method": method, **own})
    found = parse_taxonomy({"tags": tags, "groups": groups})
    return found.with_versions(dict.fromkeys(definitions, 1))


@dataclass
class Shop:
    """A store with the tags of a shop, as a server and its clock see it."""

    settings: Settings
    store: Store
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.current = Current(self.settings, self.store)
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
        self.define(SHOP)
        self.look_at_everybody()

    def define(self, definitions: Definitions) -> None:
        """Put those definitions into the store, besides what is there."""
        taxonomy = taxonomy_of(definitions)
        with self.store.write() as connection:
            put_tags(
                connection,
                taxonomy.tags,
                taxonomy.groups_of_tags,
                by="test",
                origin="test",
                now=self.now,
            )
        workings = self.current.refresh()
        assert not workings.conditions.broken
        assert not workings.rulebook.broken

    def retire(self, tag: str) -> None:
        """Retire a tag, as another process would."""
        with self.store.write() as connection:
            retire(connection, tag, by="test", now=self.now)

    def look_at_everybody(self) -> None:
        """Note that everybody's rules were worked out with the present definitions."""
        with self.store.write() as connection:
            version = f"{counters.value(connection, COUNTER)}/0/0/r1"  # as the refresh writes it
            row = {"part": RULES, "through": self.now, "version": version, "computed_at": self.now}
            upsert(connection, Computed, [row])

    def send(self, *events: Event) -> Receipt:
        """Accept the events as a server does."""
        then = OnEvents(self.current, FixedClock(self.now))
        return accept(self.store, events, now=self.now, then=then)

    def tick(self, later: timedelta = timedelta()) -> Ticked:
        """Let time pass, and look at the clock."""
        self.now += later
        return tick(self.store, self.current, FixedClock(self.now))

    def profile(self, customer_id: str = "ann", at: datetime | None = None) -> dict[str, Carried]:
        """By tag what the customer carries."""
        with self.store.read() as connection:
            found = profile_at(connection, [customer_id], at or self.now)
        return {one.tag: one for one in found.get(customer_id, ())}

    def tags(self, customer_id: str = "ann") -> set[str]:
        """What the customer carries now."""
        return set(self.profile(customer_id))

    def waits(self, customer_id: str = "ann") -> dict[str, datetime]:
        """By tag when it is due."""
        with self.store.read() as connection:
            return {wait.tag: wait.due_at for wait in waits_of(connection, [customer_id])}


_numbers = count()


def event(type_: str, at: datetime, customer_id: str = "ann", **more: Any) -> Event:
    """One event with an id of its own, received when it happened."""
    return Event(f"{type_} {next(_numbers)}", customer_id, at, at, type_, **more)


def purchase(at: datetime, amount: float = 5, customer_id: str = "ann", **more: Any) -> Event:
    """One purchase, of tea unless told otherwise."""
    given = {"amount": Decimal(str(amount)), "item_id": "tea", **more}
    return event("purchase", at, customer_id, **given)
