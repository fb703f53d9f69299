"""What the tags leave out: customers without any, categories that sell and behaviours that no tag looks at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.clock import to_us
from core.language import Text
from features.assemble import KERNEL_COLUMNS, from_events
from features.blocks import EVENTS_A_SLICE
from features.contract import Role
from features.families import FAMILIES
from features.histories import Histories, Mask, slices
from features.outcomes import Target, rows_counted
from features.source import FeatureSource
from features.spec import FeatureSpec
from tags.definition import Method
from tags.report.windows import Window
from tags.rules.kinds import COUNTED, From, Input
from tags.rules.rulebook import Rulebook
from tags.taxonomy import Taxonomy

COVERED = 0.5  # of a category's sales, from where on tags look at it
MOST_CATEGORIES = 10


@dataclass(frozen=True)
class Uncovered:
    """A category of which tags look at less than half; shares of the customers and the sales of one period."""

    labels: tuple[str, ...]
    customers: float
    sales: float
    covered: float


@dataclass(frozen=True)
class Behaviour:
    """Something that customers do and that features tell, with the tags that look at it."""

    key: str
    meaning: Text
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Completeness:
    """What the tags leave out.

    Attributes:
        customers: Everybody.
        without_any: How many carry no tag at all.
        by_kind: By kind of tag the share of customers with at least one of it.
        categories: Categories that sell and that no tag looks at, those first that most customers buy from.
        behaviours: Every behaviour that the shop's events tell, those first that no tag looks at.
    """

    customers: int
    without_any: int
    by_kind: Mapping[str, float]
    categories: Sequence[Uncovered]
    behaviours: Sequence[Behaviour]


_MEANINGS: Mapping[str, tuple[Text, frozenset[Role]]] = MappingProxyType(
    {
        "recency": (Text("how long ago they last bought"), frozenset({Role.PURCHASE})),
        "frequency": (Text("how often and how much they buy"), frozenset({Role.PURCHASE})),
        "rhythm": (Text("the gaps between their purchases"), frozenset({Role.PURCHASE})),
        "breadth": (Text("how many different things they buy"), frozenset({Role.PURCHASE})),
        "basket": (Text("what one order of theirs is like"), frozenset({Role.PURCHASE})),
        "discount": (Text("money off and coupons"), frozenset({Role.PURCHASE, Role.REDEMPTION})),
        "channel": (Text("where they buy"), frozenset({Role.PURCHASE})),
        "hours": (Text("on which days and at which hours they buy"), frozenset({Role.PURCHASE})),
        "campaign": (Text("what campaigns they get and answer"), frozenset({Role.EXPOSURE, Role.REDEMPTION})),
        "engagement": (Text("visits, messages and other contact"), frozenset({Role.CONTACT, Role.PRESENCE})),
        "profile": (Text("what is known of the person"), frozenset(Role)),
        "category": (Text("which categories they buy"), frozenset({Role.PURCHASE})),
        "attention": (Text("what they look at and rate"), frozenset({Role.INTEREST, Role.OPINION})),
    }
)
"""By feature family what it tells of, and the roles of events of which at least one has to occur."""


def uncovered(source: FeatureSource, window: Window, groups: Collection[str]) -> list[Uncovered]:
    """The largest categories of which less than half is sold in the given groups."""
    catalogue, names = source.catalogue, [group.name for group in source.catalogue.groups]
    covering = np.array([name in groups for name in names], dtype=bool)
    table = catalogue.item_groups
    # The last row of the table and every -1 in it stand for no group at all.
    is_covered: Mask = np.logical_or.reduce(np.append(covering, [False])[table], axis=1)
    sales, inside, buyers = np.zeros(len(names)), np.zeros(len(names)), np.zeros(len(names))
    everybody, total = 0, 0.0
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
        for histories in slices(from_events(events, source.facts), EVENTS_A_SLICE):
            rows = _bought(histories, source, window)
            codes = catalogue.codes(histories.item_key[rows])
            place, group = catalogue.members(codes)
            total += float(histories.amount[rows].sum())
            paid, customer = histories.amount[rows][place], histories.customer[rows]
            sales += np.bincount(group, weights=paid, minlength=len(names))
            inside += np.bincount(group, weights=paid * is_covered[codes[place]], minlength=len(names))
            pairs = np.unique(customer[place] * max(len(names), 1) + group)
            buyers += np.bincount(pairs % max(len(names), 1), minlength=len(names))[: len(names)]
            everybody += len(np.unique(customer))
    found = [
        Uncovered(
            catalogue.groups[number].labels,
            float(buyers[number] / everybody),
            float(sales[number] / total),
            share,
        )
        for number in range(len(names))
        if sales[number] > 0
        and names[number] not in groups
        and (share := float(inside[number] / sales[number])) < COVERED
    ]
    return sorted(found, key=lambda one: (-one.customers, one.labels))[:MOST_CATEGORIES]


def behaviours(taxonomy: Taxonomy, rulebook: Rulebook, roles: Collection[Role]) -> list[Behaviour]:
    """Every behaviour that events of those roles tell, with the tags that look at it."""
    families = _families(rulebook.spec)
    looked_at: dict[str, list[str]] = {name: [] for name in _MEANINGS}
    for tag in taxonomy.current:
        for name in _looks_at(tag.key, tag.method, rulebook, families):
            looked_at[name].append(tag.key)
    found = [
        Behaviour(name, meaning, tuple(looked_at[name]))
        for name, (meaning, needed) in _MEANINGS.items()
        if needed & set(roles)
    ]
    return sorted(found, key=lambda one: bool(one.tags))


def covered_groups(taxonomy: Taxonomy, rulebook: Rulebook) -> set[str]:
    """The category groups that a tag is about, by its outcome or by what its rule reads."""
    read = {
        one.key.rpartition("__")[2]
        for rule in rulebook.rules.values()
        for one in rule.reads
        if "__" in one.key
    }
    of_models = {group.name for group in taxonomy.groups}
    return of_models | read


def tags_at_all(
    masks: Mapping[str, Mask], kinds: Mapping[str, str], n_customers: int
) -> tuple[int, dict[str, float]]:
    """How many customers carry no tag, and by kind the share with at least one."""
    tagged, by_kind = (
        np.zeros(n_customers, dtype=bool),
        {kind: np.zeros(n_customers, dtype=bool) for kind in kinds.values()},
    )
    for tag, mask in masks.items():
        tagged |= mask
        by_kind[kinds[tag]] |= mask
    shares = {kind: float(mask.mean()) if n_customers else 0.0 for kind, mask in sorted(by_kind.items())}
    return int(n_customers - tagged.sum()), shares


def _bought(
    histories: Histories, source: FeatureSource, window: Window
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    rows = rows_counted(histories, Target("", (Role.PURCHASE.value,)), source.spec.roles)
    at = histories.occurred_at_us[rows]
    return rows[(at >= to_us(window.as_of)) & (at < to_us(window.ends))]


def _families(spec: FeatureSpec) -> dict[str, str]:
    """By column the family that it is of."""
    return {column.name: family.name for family in FAMILIES for column in family.columns(spec)}


def _looks_at(tag: str, method: Method, rulebook: Rulebook, families: Mapping[str, str]) -> set[str]:
    if method is Method.MODEL:
        return {"category"}
    rule = rulebook.rules.get(tag)
    return {name for one in rule.reads if (name := _family(one, families))} if rule else set()


def _family(one: Input, families: Mapping[str, str]) -> str | None:
    if one.source is From.FEATURE:
        return families.get(one.key)
    if one.source is From.ATTRIBUTE:
        return "profile"
    return "engagement" if one.source in COUNTED else None
