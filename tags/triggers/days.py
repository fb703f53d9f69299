"""Tags of days of the year followed: who has one near gets its tag, once a local day, and loses it when it is over."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from core.clock import Clock, midnight
from core.storage import Store
from features import counters
from tags.current import Current
from tags.profile.because import Because
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.reading import computed
from tags.profile.tables import ClaimRow
from tags.settled import writing
from tags.triggers.giving import Giver
from tags.triggers.stamps import put_stamp
from tags.triggers.yearly import Near, near
from tags.workings import Workings

DAYS = "days"
"""The part of the profiles (`tags_computed`) that says for which local day this was done."""

FACTS = "facts"
"""A named number of the store that grows when facts about customers are loaded."""

CUSTOMERS_AT_ONCE = 500


@dataclass(frozen=True)
class Unread:
    """Values of an attribute that are no days of the year: of how many customers, and some of them."""

    tag: str
    attribute: str
    customers: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Followed:
    """How many tags were given, and what of the attributes could not be read."""

    given: int = 0
    unread: tuple[Unread, ...] = ()


def follow_days(store: Store, current: Current, clock: Clock) -> Followed:
    """Give and end the tags of days of the year; nothing where that was done for this day, these tags and facts."""
    workings, now = current.refresh(), clock.now()
    if not workings.triggers.yearly:
        return Followed()
    today = now.astimezone(workings.zone).date()
    begins = midnight(today, workings.zone)
    with store.read() as connection:
        version, stamp = _version(connection, workings), computed(connection).get(DAYS)
        if stamp is not None and (stamp.through, stamp.version) == (begins, version):
            return Followed()
        found = {
            tag.key: _near(connection, workings, tag.key, today, now) for tag in workings.triggers.yearly
        }
    given = sum(_follow(store, current, clock, tag, people) for tag, people in found.items())
    with store.write() as connection:
        put_stamp(connection, DAYS, begins, version, now)
    return Followed(
        given, tuple(_unread(workings, tag, people) for tag, people in found.items() if people.unread)
    )


def _version(connection: Connection, workings: Workings) -> str:
    """Of the definitions of these tags, and of the facts that they look at."""
    versions = [f"{tag.key}:{workings.taxonomy.versions[tag.key]}" for tag in workings.triggers.yearly]
    return " ".join([*versions, str(counters.value(connection, FACTS))])


def _near(connection: Connection, workings: Workings, tag: str, today: date, now: datetime) -> Near:
    trigger = workings.triggers.trigger(tag)
    return near(connection, trigger.date or "", trigger.before_days or 0, today=today, now=now)


def _unread(workings: Workings, tag: str, people: Near) -> Unread:
    return Unread(tag, workings.triggers.trigger(tag).date or "", people.unread, tuple(people.examples))


def _follow(store: Store, current: Current, clock: Clock, tag: str, people: Near) -> int:
    """Make the claims of one tag those of the people whose day is near; how many were made."""
    with store.read() as connection:
        wanted = _wanted(current.at(connection), tag, people, clock.now())
        standing = _standing(connection, tag)
    new = [claim for name, claim in wanted.items() if standing.get(name) != claim.claim_id]
    gone = [(name, tag, Source.TRIGGER) for name in standing if name not in wanted]
    for start in range(0, max(len(new), len(gone)), CUSTOMERS_AT_ONCE):
        some = slice(start, start + CUSTOMERS_AT_ONCE)
        with writing(store, current, clock) as turn:
            put(
                turn.connection,
                new[some],
                ended=gone[some],
                because=Because.NO_LONGER,
                taxonomy=turn.workings.taxonomy,
                now=turn.now,
            )
    return len(new)


def _wanted(workings: Workings, tag: str, people: Near, now: datetime) -> dict[str, Claim]:
    """By customer the claim that they should have."""
    giver, today = Giver(workings.taxonomy, workings.zone, now), now.astimezone(workings.zone).date()
    claims = {
        name: giver.yearly(tag, name, day, people.values[name], today=today)
        for name, day in people.days.items()
    }
    return {name: claim for name, claim in claims.items() if claim is not None}


def _standing(connection: Connection, tag: str) -> dict[str, str]:
    """By customer the id of the trigger's claim in force on the tag."""
    query = select(ClaimRow.customer_id, ClaimRow.claim_id).where(
        ClaimRow.tag == tag, ClaimRow.source == Source.TRIGGER.value, ClaimRow.ended_at.is_(None)
    )
    return {row.customer_id: row.claim_id for row in connection.execute(query)}
