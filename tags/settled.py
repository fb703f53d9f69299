"""Rules that need no model, settled for some customers: behind events, and behind what the clock does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.clock import Clock
from core.storage import Store
from features import counters
from tags.current import Current
from tags.knowing import Gathered, gather
from tags.profile.book import CHANGES, put
from tags.profile.tables import Change
from tags.rules.settling import differences
from tags.workings import Workings


def settle_at_once(connection: Connection, workings: Workings, gathered: Gathered) -> None:
    """Make the claims of rules that need no model what the rules say."""
    known = gathered.known
    if not workings.at_once or not known.customer_ids:
        return
    found = differences(
        gathered.standing,
        known.customer_ids,
        workings.rulebook.evaluate(known),
        tags=workings.at_once,
        taxonomy=workings.taxonomy,
        now=known.as_of,
        zone=workings.zone,
    )
    if found.claims or found.ended:
        put(connection, found.claims, ended=found.ended, taxonomy=workings.taxonomy, now=known.as_of)


def settle_dependents(
    connection: Connection, workings: Workings, after_change: int, now: datetime
) -> Sequence[str]:
    """Ask the rules of those whose tags changed after that change, if rules look at these tags; who they are."""
    tags = workings.rulebook.reads_tags
    if not tags:
        return ()
    query = (
        select(Change.customer_id).where(Change.seq > after_change, Change.tag.in_(sorted(tags))).distinct()
    )
    names = list(connection.scalars(query))
    if names:
        settle_at_once(connection, workings, gather(connection, workings, names, now))
    return names


@dataclass(frozen=True)
class Turn:
    """A transaction that writes claims: with the definitions that count in it, as of its instant."""

    connection: Connection
    workings: Workings
    now: datetime


@contextmanager
def writing(store: Store, current: Current, clock: Clock) -> Iterator[Turn]:
    """A turn to write claims; at its end the rules that look at what has changed are asked."""
    with store.write() as connection:
        turn = Turn(connection, current.at(connection), clock.now())
        last_change = counters.value(connection, CHANGES)
        yield turn
        settle_dependents(connection, turn.workings, last_change, turn.now)
