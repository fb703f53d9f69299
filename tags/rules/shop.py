"""The features that a shop's rules and triggers read: the same wherever they are asked."""

from collections.abc import Iterable

from sqlalchemy import Connection

from core.settings import Settings
from features.catalogue import CatalogueItem
from features.shop import read_items, read_spec
from features.spec import ATTENTION_ROLES, FeatureSpec
from tags.taxonomy import Taxonomy


def rules_spec(
    connection: Connection,
    settings: Settings,
    taxonomy: Taxonomy,
    items: Iterable[CatalogueItem] | None = None,
) -> FeatureSpec:
    """The spec of the features that rules can name, as the store knows the shop now.

    Unlike a model's it does not stay as it was at a training, and it counts what customers look at and rate whether
    or not anybody did so yet: a rule's names depend on the catalogue and the taxonomy alone. `items` are the
    catalogue's, where they were read already.
    """
    known = read_items(connection) if items is None else items
    return read_spec(connection, settings, taxonomy.groups, known, ATTENTION_ROLES)
