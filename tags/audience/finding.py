"""Who meets a condition: as a mask over a roll, as a page of ids, and as counts of several with their overlaps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sqlalchemy import Connection

from features.histories import Mask
from tags.audience.filter import Filter, Wanted
from tags.audience.reading import read_members
from tags.audience.roll import Roll

NO_VALUE = -2  # no customer has it

Search = Callable[[Roll, Connection], Mask]
"""Something that says of each customer of a roll whether they are meant: shape (n_customers,)."""


@dataclass(frozen=True)
class Shared:
    """How many customers two searches have in common; by their places."""

    first: int
    second: int
    customers: int


@dataclass(frozen=True)
class Counts:
    """What several searches found.

    Attributes:
        customers: All customers.
        each: How many each search found.
        shared: What each two have in common.
        any: How many at least one found.
    """

    customers: int
    each: Sequence[int]
    shared: Sequence[Shared]
    any: int


def search(wanted: Filter, roll: Roll, connection: Connection) -> Mask:
    """Who meets the condition: shape (n_customers,)."""
    # Whoever is read for the first time may bring customers nobody had heard of: first all, then as long as the roll.
    roll.read(wanted.tags, connection)
    members = None if wanted.segment is None else roll.mask_of(read_members(connection, wanted.segment))
    found = np.ones(roll.n_customers, dtype=bool) if members is None else members.copy()
    for one in wanted.all:
        found &= _carries(one, wanted.least(one.tag), roll, connection)
    if wanted.any:
        either = np.zeros(roll.n_customers, dtype=bool)
        for one in wanted.any:
            either |= _carries(one, wanted.least(one.tag), roll, connection)
        found &= either
    for one in wanted.none:
        found &= ~_carries(one, None, roll, connection)
    return found


def count(searches: Sequence[Search], roll: Roll, connection: Connection) -> Counts:
    """How many each search finds, and each two of them together."""
    masks = [find(roll, connection) for find in searches]
    masks = [np.pad(mask, (0, roll.n_customers - len(mask))) for mask in masks]
    shared = [
        Shared(first, second, int(np.count_nonzero(masks[first] & masks[second])))
        for first, second in combinations(range(len(masks)), 2)
    ]
    either = np.logical_or.reduce(masks) if masks else np.zeros(0, dtype=bool)
    return Counts(
        roll.n_customers,
        [int(np.count_nonzero(mask)) for mask in masks],
        shared,
        int(np.count_nonzero(either)),
    )


def _carries(one: Wanted, least: float | None, roll: Roll, connection: Connection) -> Mask:
    carries = roll.mask(one.tag, connection)
    if least is not None:
        carries = carries & (roll.confidence(one.tag, connection) >= least)
    if one.value is not None:
        values = roll.value(one.tag, connection)
        carries = carries & (values == roll.columns[one.tag].texts.get(one.value, NO_VALUE))
    return carries
