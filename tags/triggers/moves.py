"""Moves of customers between the tiers of a group, read from the changes of profiles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, Integer, bindparam, select

from core.storage.by_keys import ByKeys, several
from tags.profile.claims import Claim
from tags.profile.differences import ADDED, REMOVED
from tags.profile.tables import Change
from tags.trigger import Trigger
from tags.triggers.giving import Giver
from tags.triggers.triggers import Triggers

UP = "up"

RULES = "rules"
"""The part of the profiles (`tags_computed`) that says with which definitions everybody was last looked at."""


_CHANGES = ByKeys(
    select(Change.seq, Change.customer_id, Change.tag, Change.change, Change.at)
    .where(
        Change.seq > bindparam("after"),
        Change.tag.in_(several()),
        Change.change.in_((ADDED, REMOVED)),
    )
    .order_by(Change.seq)
    .limit(bindparam("most", type_=Integer())),
    named=("after", "most"),
)


@dataclass(frozen=True)
class Move:
    """One customer who left one tier of a group for another, at an instant; `change` is the new tier's."""

    customer_id: str
    group: str
    before: str
    after: str
    change: int
    at: datetime


@dataclass(frozen=True)
class Changed:
    """One change of a profile, as `tags.profile.tables.Change`."""

    seq: int
    customer_id: str
    tag: str
    change: str
    at: datetime


def tiers_of(triggers: Triggers) -> Mapping[str, tuple[str, ...]]:
    """The tiers of each group between which some tag looks for moves, from the lowest to the highest."""
    groups = {tag.trigger.crosses for tag in triggers.moves if tag.trigger and tag.trigger.crosses}
    return {
        group: tuple(tag.key for tag in triggers.taxonomy.tags_of_group(group)) for group in sorted(groups)
    }


def changes_after(connection: Connection, seq: int, tags: Iterable[str], *, most: int) -> list[Changed]:
    """The changes of those tags after a number, in order, at most so many."""
    found = _CHANGES.rows(connection, list(dict.fromkeys(tags)), after=seq, most=most)
    return [Changed(*row) for row in sorted(found, key=lambda row: row[0])[:most]]


def moves_among(changes: Sequence[Changed], tiers: Mapping[str, tuple[str, ...]]) -> list[Move]:
    """The moves that changes tell of, given in order.

    A move is that one tier goes and another comes at the same instant; whoever gets a first tier, or gets one
    back after a time without any, has not moved.
    """
    group_of = {tag: group for group, members in tiers.items() for tag in members}
    return [
        Move(customer_id, group, left.tag, came.tag, came.seq, at)
        for customer_id, at, some in _together(changes)
        for group in dict.fromkeys(group_of[one.tag] for one in some)
        for left, came in _pair([one for one in some if group_of[one.tag] == group])
    ]


def _together(changes: Iterable[Changed]) -> Iterator[tuple[str, datetime, list[Changed]]]:
    """The changes of one customer at one instant; they stand beside each other."""
    for (customer_id, at), some in groupby(changes, key=lambda one: (one.customer_id, one.at)):
        yield customer_id, at, list(some)


def _pair(changes: Sequence[Changed]) -> list[tuple[Changed, Changed]]:
    left = [one for one in changes if one.change == REMOVED]
    came = [one for one in changes if one.change == ADDED]
    return [(left[0], came[-1])] if left and came and left[0].tag != came[-1].tag else []


def is_of(move: Move, trigger: Trigger, tiers: Sequence[str]) -> bool:
    """Whether a trigger looks for moves of that group, whose tiers are these, in that direction."""
    return trigger.crosses == move.group and (tiers.index(move.after) > tiers.index(move.before)) == (
        trigger.direction == UP
    )


def claims_of(moves: Iterable[Move], triggers: Triggers, giver: Giver) -> list[Claim]:
    """The claims of the tags for those moves."""
    tiers = tiers_of(triggers)
    found = [
        giver.moved(tag.key, move.customer_id, (move.before, move.after), move.change, move.at)
        for move in moves
        for tag in triggers.moves
        if is_of(move, triggers.trigger(tag.key), tiers[move.group])
    ]
    return [claim for claim in found if claim is not None]
