"""What new events do to the profiles of their customers, in the transaction that keeps them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from core.clock import Clock
from features import counters
from features.contract import Event
from tags.current import Current
from tags.imports.held import apply_held
from tags.knowing import again, gather
from tags.profile.book import CHANGES, put
from tags.profile.touched import mark
from tags.settled import settle_at_once
from tags.triggers.arriving import arrive
from tags.triggers.following import Followed, follow, is_news
from tags.triggers.giving import Giver
from tags.workings import Workings

MOST_ROUNDS = 3
"""How often rules are asked because a move between tiers gave a tag that they look at."""

MOST_CHANGES = 1_000_000
"""More than the customers of one call can have."""


class OnEvents:
    """Gives and ends tags for new events, so that the profile has them when the call is answered.

    First come imported tags that waited for their customer, then triggers, then the rules that need no model, then
    triggers of moves between tiers. All of it is as of one instant, and for all customers of a call at once.
    """

    def __init__(self, current: Current, clock: Clock) -> None:
        self._current = current
        self._clock = clock

    def __call__(self, connection: Connection, fresh: Sequence[Event]) -> None:
        """Do what follows from events that are stored already."""
        names, now = list(dict.fromkeys(event.customer_id for event in fresh)), self._clock.now()
        mark(connection, names)  # models look at them again behind the call
        workings = self._current.at(connection)
        apply_held(connection, names, taxonomy=workings.taxonomy, now=now)
        if not workings.follow_events:
            return
        last_change = counters.value(connection, CHANGES) if workings.triggers.moves else 0
        gathered = gather(connection, workings, names, now)
        follows = arrive(connection, workings, fresh, gathered)
        if follows.claims or follows.ended:
            put(connection, follows.claims, ended=follows.ended, taxonomy=workings.taxonomy, now=now)
            gathered = again(connection, workings, gathered)
        for _ in range(MOST_ROUNDS):
            settle_at_once(connection, workings, gathered)
            moved = _follow_moves(connection, workings, last_change, now)
            if workings.rulebook.reads_tags.isdisjoint(moved.given):
                return
            last_change = moved.through
            gathered = again(connection, workings, gathered)


def _follow_moves(connection: Connection, workings: Workings, last_change: int, now: datetime) -> Followed:
    """Give the tags of moves between tiers since that change."""
    triggers = workings.triggers
    if not triggers.moves or counters.value(connection, CHANGES) == last_change:
        return Followed(last_change)
    if not is_news(connection):
        return Followed(last_change)
    giver = Giver(workings.taxonomy, workings.zone, now)
    return follow(connection, triggers, giver, last_change, most=MOST_CHANGES)
