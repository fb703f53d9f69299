"""What the store knows of the shop: event types, channels, attributes, items; and the feature spec from it."""

import json
from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy import Connection, select

from core.settings import Settings
from core.storage.plain import rows_of_plain
from features.attributes import AttributeFact, Encoded, encode
from features.catalogue import CatalogueItem, CatalogueItems, CategoryGroup, largest_groups
from features.contract import AttributeDefinition, EventTypes, Role
from features.spec import FeatureSpec
from features.tables import Attribute, AttributeKind, Channel


def read_event_types(connection: Connection) -> EventTypes:
    """The standard event types and the shop's own."""
    rows = rows_of_plain(connection, "SELECT type, role FROM event_types", ())
    return EventTypes().with_own({name: Role(role) for name, role in rows})


def read_items(connection: Connection) -> CatalogueItems:
    """Every item of the catalogue; items of the same categories share their paths."""
    rows = rows_of_plain(connection, "SELECT item_key, CAST(category_paths AS TEXT) FROM items", ())
    numbers: dict[str, int] = {}
    of_items = [numbers.setdefault(text, len(numbers)) for _, text in rows]
    return CatalogueItems(
        np.array([key for key, _ in rows], dtype=np.int64),
        [json.loads(text) for text in numbers],
        np.array(of_items, dtype=np.int64),
    )


def read_spec(
    connection: Connection,
    settings: Settings,
    tag_groups: Sequence[CategoryGroup],
    items: Iterable[CatalogueItem],
    attention: tuple[Role, ...] = (),
) -> FeatureSpec:
    """The spec for new models: the tags' groups first, then the catalogue's largest categories.

    A catalogue group of a tag's name is left out: each name is one set of columns.
    """
    names = {group.name for group in tag_groups}
    largest = [g for g in largest_groups(items, settings.catalogue_groups) if g.name not in names]
    attributes = tuple(
        AttributeDefinition(row.key, row.kind, tuple(row.levels), row.name_en, row.name_zh)
        for row in connection.execute(select(AttributeKind.__table__).order_by(AttributeKind.key))
    )
    return FeatureSpec(
        timezone=settings.timezone,
        groups=(*tag_groups, *largest),
        channels=tuple(connection.scalars(select(Channel.channel).order_by(Channel.channel))),
        attributes=attributes,
        roles=dict(read_event_types(connection).roles),
        attention=attention,
    )


def read_facts(
    connection: Connection, spec: FeatureSpec, customer_ids: Sequence[str] | None = None
) -> dict[str, Encoded]:
    """The encoded profile facts of those customers, or of all."""
    query = select(Attribute.customer_id, Attribute.key, Attribute.value, Attribute.observed_at)
    if customer_ids is not None:
        query = query.where(Attribute.customer_id.in_(customer_ids))
    return encode((AttributeFact(*row) for row in connection.execute(query)), spec)
