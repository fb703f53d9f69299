"""Moves between tiers followed: at once behind an event, and behind whatever else changes profiles."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.storage.upsert import upsert
from features import counters
from tags.profile.book import CHANGES, put
from tags.profile.reading import computed
from tags.profile.tables import Computed
from tags.triggers.giving import Giver
from tags.triggers.moves import RULES, changes_after, claims_of, moves_among, tiers_of
from tags.triggers.triggers import Triggers

MOVES = "tag_moves"
"""A named number of the store: the last change of profiles that was looked at for moves; and the part of
`tags_computed` that says under which definitions."""


@dataclass(frozen=True)
class Followed:
    """How far changes were looked at, and the tags that were given for the moves among them."""

    through: int
    given: frozenset[str] = frozenset()
    is_all: bool = True


def follow(connection: Connection, triggers: Triggers, giver: Giver, after: int, *, most: int) -> Followed:
    """Give the tags of the moves among the changes after that one, of which at most so many are looked at."""
    tiers = tiers_of(triggers)
    found = changes_after(connection, after, [tag for tags in tiers.values() for tag in tags], most=most)
    is_all = len(found) < most
    if not is_all:  # what the last customer did may not be told in full
        last = found[-1].customer_id, found[-1].at
        found = [one for one in found if (one.customer_id, one.at) != last]
    claims = claims_of(moves_among(found, tiers), triggers, giver)
    if claims:
        put(connection, claims, taxonomy=triggers.taxonomy, now=giver.now)
    through = found[-1].seq if found else after
    return Followed(through, frozenset(claim.tag for claim in claims), is_all)


def is_news(connection: Connection, triggers: Triggers) -> bool:
    """Whether a move that happens now is the customer's own doing.

    Right after a definition changed it is not: until everybody has been looked at once with the new one, customers
    move because the tiers did.
    """
    return _looked_at_with(connection) == triggers.taxonomy.version


def _looked_at_with(connection: Connection) -> str | None:
    """The definitions with which everybody's rules were last worked out."""
    rules = computed(connection).get(RULES)
    return None if rules is None else rules.version.split("/")[0]


def follow_behind(connection: Connection, triggers: Triggers, giver: Giver, *, most: int) -> Followed:
    """Give the tags of moves that nobody has looked at yet, such as those of the turn of the day.

    What changed before everybody was looked at with the present definitions is passed over.
    """
    version = _looked_at_with(connection)
    if version is None or version != triggers.taxonomy.version:
        return Followed(0)
    noted = computed(connection).get(MOVES)
    if noted is None or noted.version != version:
        counters.put(connection, MOVES, counters.value(connection, CHANGES))
        _note(connection, version, giver.now)
        return Followed(0)
    after = counters.value(connection, MOVES)
    found = follow(connection, triggers, giver, after, most=most)
    if found.through > after:
        counters.put(connection, MOVES, found.through)
    return found


def _note(connection: Connection, version: str, now: datetime) -> None:
    upsert(connection, Computed, [{"part": MOVES, "through": now, "version": version, "computed_at": now}])
