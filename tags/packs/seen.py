"""What a shop's data have: which events came, what was bought most, and whether anything was ever cheaper."""

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from features.assemble import KERNEL_COLUMNS, from_events
from features.catalogue import CategoryGroup
from features.contract import Role
from features.outcomes import Target, rows_counted
from features.records import from_payload
from features.source import FeatureSource
from features.tables import RecentEvent

BOUGHT = Target("", (Role.PURCHASE.value,))
PROPERTIES_READ = 2_000  # events of a bucket
LOOKED_AT = Target("", (Role.INTEREST.value,))


@dataclass(frozen=True)
class Seen:
    """What there is to make tags of.

    Attributes:
        types: The event types that came at least once.
        has_discounts: Whether any line had money off.
        properties: Names of events' own properties, as far as a sample shows them.
        categories: The catalogue's groups of which something was bought, the most bought first.
        looked_at: The same of views, carts and favourites.
    """

    types: frozenset[str]
    has_discounts: bool
    properties: frozenset[str]
    categories: tuple[CategoryGroup, ...]
    looked_at: tuple[CategoryGroup, ...]


def look_through(source: FeatureSource, connection: Connection) -> Seen:
    """What is in the lake, bucket by bucket, and in the events that are not there yet."""
    types: set[str] = set()
    bought: Counter[int] = Counter()
    looked_at: Counter[int] = Counter()
    properties: set[str] = set()
    has_discounts = False
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
        types.update(str(name) for name in pc.unique(events["type"]).to_pylist())
        properties |= _properties(source, bucket)
        histories = from_events(events)
        has_discounts = has_discounts or bool((histories.discount > 0).any())
        for target, counts in ((BOUGHT, bought), (LOOKED_AT, looked_at)):
            rows = rows_counted(histories, target, source.spec.roles)
            codes = source.catalogue.codes(histories.item_key[rows])
            _, group = source.catalogue.members(codes[codes >= 0])
            counts.update(dict(enumerate(np.bincount(group).tolist())))
    for payload in connection.scalars(select(RecentEvent.payload)):
        event = from_payload(payload)
        types.add(event.type)
        properties |= json.loads(event.properties or "{}").keys()
        has_discounts = has_discounts or bool(event.discount and event.discount > 0)
    return Seen(
        frozenset(types),
        has_discounts,
        frozenset(properties),
        _ranked(source, bought),
        _ranked(source, looked_at),
    )


def _properties(source: FeatureSource, bucket: int) -> set[str]:
    """The names of properties in some events of a bucket that have any."""
    column = source.lake.read_bucket(bucket, ("properties",), version=source.lake_version)["properties"]
    some = column.drop_null().slice(0, PROPERTIES_READ).to_pylist()
    return {name for text in set(some) for name in json.loads(str(text))}


def _ranked(source: FeatureSource, counts: Counter[int]) -> tuple[CategoryGroup, ...]:
    """The groups of the catalogue itself, without those that a tag made; the largest first."""
    groups = source.catalogue.groups
    ranked = sorted((place for place in counts if counts[place]), key=lambda place: (-counts[place], place))
    return tuple(groups[place] for place in ranked if groups[place].name.startswith("category_"))
