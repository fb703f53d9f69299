"""Shops made of plain events, and what the rules of packs say of their customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from core.ids import stable_key
from features.catalogue import Catalogue, CatalogueItem, CategoryGroup
from features.contract import STANDARD_TYPES, AttributeDefinition, Event, Role
from features.online import OnlineFeatures
from features.records import to_histories
from features.spec import FeatureSpec
from tags.packs.fitting import Fitted, fit
from tags.packs.pack import read_pack
from tags.packs.seen import Seen
from tags.rules.known import Known
from tags.rules.quantiles import Taking
from tags.rules.rulebook import Rulebook
from tags.taxonomy import Taxonomy

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
GROUPS = (
    CategoryGroup("tea", ("Tea",), 0),  # made by a tag, as those of models are
    CategoryGroup("category_tea", ("Tea",), 0),
    CategoryGroup("category_bread", ("BREAD",), 0),
)
TYPES = {**STANDARD_TYPES, "试驾": Role.PRESENCE, "service": Role.PRESENCE}
_NUMBERS = count()


def attribute(key: str, kind: str = "nominal", *levels: str) -> AttributeDefinition:
    """A fact that the shop knows of customers."""
    return AttributeDefinition(key, kind, levels, key, key)


RICH = FeatureSpec(
    "UTC",
    groups=GROUPS,
    channels=("app", "Website", "tmall", "store"),
    attributes=(
        attribute("age", "ordinal", "18-34", "35+"),
        attribute("sex", "nominal", "f", "m"),
        attribute("city", "nominal", "Ulm", "Bern"),
        attribute("job", "nominal", "cook"),
        attribute("income", "ordinal", "low", "high"),
        attribute("family_size", "ordinal", "1", "2"),
        attribute("birth_date", "nominal", "1990-01-01"),
        attribute("shipping", "nominal", "express"),
        attribute("预算", "number"),
    ),
    roles=TYPES,
    attention=(Role.INTEREST,),
)
"""A shop that knows of everything that packs ask for."""

ALL_SEEN = Seen(frozenset(TYPES), True, frozenset({"delivery"}), GROUPS[1:], GROUPS[1:])  # noqa: FBT003 (a fact)


def fitted(pack: str, spec: FeatureSpec = RICH, seen: Seen = ALL_SEEN, **more: Any) -> Fitted:
    """A pack as it fits a shop."""
    return fit(read_pack(pack), spec, seen, more.pop("known", None), **{"choices": {}, **more})


def event(days_ago: float, kind: str = "purchase", amount: float | None = 10, **more: Any) -> Event:
    """An event so many days before now; a purchase is an order of its own unless it names one."""
    number, at = next(_NUMBERS), NOW - timedelta(days=days_ago)
    is_bought = kind == "purchase"
    plain = {
        "event_id": f"e{number}",
        "customer_id": "",
        "occurred_at": at,
        "received_at": at,
        "type": kind,
        "amount": Decimal(str(amount)) if is_bought and amount is not None else None,
        "order_id": f"o{number}" if is_bought else None,
        "item_id": "tea 1" if is_bought else None,
        "channel": "store" if is_bought else None,
    }
    return Event(**{**plain, **more})


def weekly(until: float, since: float = 300, **more: Any) -> list[Event]:
    """A purchase every seventh day, the last `until` days ago."""
    return [event(until + 7 * week, **more) for week in range(int((since - until) // 7) + 1)]


@dataclass
class Crowd:
    """Customers of a shop with their events, and what a pack says of each."""

    customers: Mapping[str, Sequence[Event]]
    spec: FeatureSpec = RICH
    tags: dict[str, set[str]] = field(default_factory=dict)
    values: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def told_by(self, pack: Fitted) -> "Crowd":
        """The same, with the tags that the rules of the pack give."""
        taxonomy = Taxonomy(tags=pack.tags, groups=pack.groups)
        known = self._known()
        taking = Taking(Rulebook(taxonomy, self.spec).taken, self.spec, taxonomy)
        taking.add(known)
        found = taking.found()
        rulebook = Rulebook(taxonomy, self.spec, {one: found[one].value for one in found})
        assert rulebook.broken == {}
        answers = rulebook.evaluate(known)
        for tag, carries in answers.carries.items():
            rows = carries.nonzero()[0]
            for row, value in zip(rows.tolist(), answers.values(tag, rows), strict=True):
                customer = known.customer_ids[row]
                self.tags.setdefault(customer, set()).add(tag)
                self.values[customer, tag] = value
        return self

    def _known(self) -> Known:
        items = [CatalogueItem(stable_key(f"{name} 1"), [[label]]) for name, label in _ITEMS.items()]
        histories = to_histories({name: list(events) for name, events in self.customers.items()})
        rows = OnlineFeatures(self.spec, Catalogue(items, self.spec.groups)).of_histories(histories, NOW)
        return Known(NOW, list(self.customers), rows, histories=histories)


_ITEMS = {"tea": "Tea", "bread": "BREAD"}
