"""Moves between tiers followed: at once behind an event, and behind whatever else changes profiles."""

from dataclasses import dataclass

from sqlalchemy import Connection

from core.storage.plain import rows_of_plain
from features import counters
from tags.catalogue.store import COUNTER as TAXONOMY
from tags.profile.book import CHANGES, put
from tags.profile.reading import computed
from tags.triggers.giving import Giver
from tags.triggers.moves import RULES, changes_after, claims_of, moves_among, tiers_of
from tags.triggers.stamps import put_stamp
from tags.triggers.triggers import Triggers

MOVES = "tag_moves"
"""A named number of the store: the last change of profiles that was looked at for moves; and the part of
`tags_computed` that says under which definitions."""

LONGEST_LOOK = 10_000
"""Changes of other tags that are looked through again and again, before it is noted that none of them is a move."""


@dataclass(frozen=True)
class Followed:
    """How far changes were looked at, the tags that were given for the moves among them, and how many claims."""

    through: int
    given: frozenset[str] = frozenset()
    moves: int = 0
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
    return Followed(through, frozenset(claim.tag for claim in claims), len(claims), is_all)


def is_news(connection: Connection) -> bool:
    """Whether a move that happens now is the customer's own doing.

    Right after a definition changed it is not: until everybody has been looked at once with the new one, customers
    move because the tiers did.
    """
    return _looked_at_with(connection) is not None


def _looked_at_with(connection: Connection) -> str | None:
    """The definitions with which everybody's rules were last worked out, by their counter; None if not the present."""
    rules = rows_of_plain(connection, "SELECT version FROM tags_computed WHERE part = ?", (RULES,))
    present = str(counters.value(connection, TAXONOMY))
    return present if rules and rules[0][0].split("/")[0] == present else None


def waits_to_be_followed(connection: Connection, triggers: Triggers) -> bool:
    """Whether there are changes that `follow_behind` has not looked at, or could not look at so far."""
    version, noted = _looked_at_with(connection), computed(connection).get(MOVES)
    if version is None:
        return False
    if noted is None or noted.version != version:
        return True
    after = counters.value(connection, MOVES)
    tags = [tag for tags in tiers_of(triggers).values() for tag in tags]
    is_long_ago = counters.value(connection, CHANGES) - after > LONGEST_LOOK
    return is_long_ago or bool(changes_after(connection, after, tags, most=1))


def follow_behind(connection: Connection, triggers: Triggers, giver: Giver, *, most: int) -> Followed:
    """Give the tags of moves that nobody has looked at yet, such as those of the turn of the day.

    What changed before everybody was looked at with the present definitions is passed over.
    """
    version = _looked_at_with(connection)
    if version is None:
        return Followed(0)
    noted = computed(connection).get(MOVES)
    if noted is None or noted.version != version:
        counters.put(connection, MOVES, counters.value(connection, CHANGES))
        put_stamp(connection, MOVES, giver.now, version, giver.now)
        return Followed(0)
    after = counters.value(connection, MOVES)
    last = counters.value(connection, CHANGES)
    found = follow(connection, triggers, giver, after, most=most)
    # Those of other tags are passed over as well.
    counters.put(connection, MOVES, last if found.is_all else found.through)
    return found
