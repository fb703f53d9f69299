"""What the compiled kernel reads: columns of histories, and what spec and catalogue say, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.compiled import compiled
from features.calendar import clock_changes
from features.catalogue import Catalogue
from features.histories import Codes as CodeArray
from features.histories import Floats, Ints
from features.roles import UNKNOWN, role_flags
from features.spec import RATED_ROLES, FeatureSpec

_IS_RATED = role_flags(RATED_ROLES)


class Columns(NamedTuple):
    """The columns of `Histories` that the kernel reads, of all customers. Shape of each array: (n_events,)."""

    occurred_at_us: Ints
    received_at_us: Ints
    type: CodeArray
    channel: CodeArray
    order_key: Ints
    item_key: Ints
    location_key: Ints
    campaign_key: Ints
    amount: Floats
    discount: Floats
    rating: Floats


class Facts(NamedTuple):
    """Profile facts as in `features.histories.Facts`, of all customers or of one. Shape of each array: (n_facts,)."""

    customer: Ints
    column: Ints
    value: Floats
    observed_at_us: Ints


class Codes(NamedTuple):
    """What the columns' codes and keys stand for.

    `role_of_type` and `column_of_channel` have one entry more than there are names, as a missing name is -1; a
    channel that has no column is -1. `needs_item` and `rates_item` have 1 for each role of whose events, or of whose
    events with a rating, a family asks the item's place in the catalogue. The items' keys are those of `Catalogue`,
    with its index.
    """

    role_of_type: Ints
    needs_item: Ints
    rates_item: Ints
    column_of_channel: Ints
    clock_changes: Ints
    clock_offsets: Ints
    item_keys: Ints
    item_begins: CodeArray
    item_shift: int


class Shop(NamedTuple):
    """What spec and catalogue say to the families.

    `has_role`, `attends` and `is_rated` have 1 for each role that the shop registers a type of, that is in
    `FeatureSpec.attention`, and that is in `RATED_ROLES`. The items' groups and categories are those of `Catalogue`,
    one item after the other.
    """

    has_role: Ints
    attends: Ints
    is_rated: Ints
    n_groups: int
    n_categories: int
    most_groups: int
    most_categories: int
    item_groups: CodeArray
    item_categories: CodeArray


def codes_of(
    spec: FeatureSpec, catalogue: Catalogue, type_names: Sequence[str], channel_names: Sequence[str]
) -> Codes:
    """The codes of histories with those names."""
    roles, columns = spec.role_numbers, spec.channel_numbers
    return Codes(
        np.array([*[roles.get(name, UNKNOWN) for name in type_names], UNKNOWN], dtype=np.int64),
        spec.needs_item,
        spec.rates_item,
        np.array([*[columns.get(name, -1) for name in channel_names], -1], dtype=np.int64),
        *clock_changes(spec.zone),
        catalogue.keys,
        catalogue.index.begins,
        catalogue.index.shift,
    )


def shop_of(spec: FeatureSpec, catalogue: Catalogue) -> Shop:
    """What the spec and the catalogue say."""
    return Shop(
        spec.has_role,
        spec.attends,
        _IS_RATED,
        len(spec.groups),
        catalogue.n_categories,
        catalogue.item_groups.shape[1],
        catalogue.categories.shape[1],
        catalogue.item_groups.ravel(),
        catalogue.categories.ravel(),
    )


@compiled
def catalogue_number(key: int, codes: Codes) -> int:
    """The place of the item in the catalogue, -1 where it has none; see `KeyIndex`."""
    keys = codes.item_keys
    if len(keys) == 0:
        return -1
    place = codes.item_begins[key >> codes.item_shift]
    while place < len(keys) and keys[place] < key:
        place += 1
    return place if place < len(keys) and keys[place] == key else -1


@compiled
def groups_of(code: int, shop: Shop) -> tuple[int, int]:
    """Where in `item_groups` the groups of the item with that place in the catalogue are: (first, end).

    They are filled up with -1; there are none without an item. Places and not a part of the array: to make one takes
    longer than to read what is in it.
    """
    return (code * shop.most_groups, (code + 1) * shop.most_groups) if code >= 0 else (0, 0)


@compiled
def categories_of(code: int, shop: Shop) -> tuple[int, int]:
    """Where in `item_categories` the categories of that item are, some of them repeated; as above."""
    return (code * shop.most_categories, (code + 1) * shop.most_categories) if code >= 0 else (0, 0)
