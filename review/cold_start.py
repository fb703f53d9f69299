"""Tags that only people know and no model yet: customers drawn at random, so that a model can begin."""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, func, select, union

from core.ids import content_id
from review.chosen import NO_MODEL, Chosen
from review.sampling import drawn
from review.tables import Label, Task, TaskDecision
from tags.profile.tables import CustomerPrediction

Pair = tuple[str, str]

WITHHELD = "withhold"
"""What becomes of a tag of which no model says anything."""


def draw_unlearned(
    connection: Connection,
    tags: Sequence[str],
    n: float,
    *,
    taken: Collection[Pair],
    seed: int,
    now: datetime,
) -> list[Chosen]:
    """About `n` customers to be asked about those tags: every active one has the same chance, which is noted.

    One tag comes after the other, and the one that was asked least comes first: a day's decisions on one tag teach a
    model, where a few on each of many would teach none. What was skipped counts as asked, so a tag that nobody can
    tell does not keep the others from their turn; and of a tag at whose tasks nobody has looked yet, no more are added.

    Args:
        connection: To the store.
        tags: That no model knows, in the order of the taxonomy.
        n: How many tasks there may be of them.
        taken: Pairs of customer and tag that are decided or asked already.
        seed: Of the draw.
        now: The instant that is asked about.
    """
    if not tags or n <= 0:
        return []
    customers, asked, waiting = _active(connection), _asked(connection, tags), _waiting(connection, tags)
    chosen: list[Chosen] = []
    left = n
    for tag in sorted(tags, key=lambda one: asked.get(one, 0)):
        wanted = min(left, n - waiting.get(tag, 0))
        free = [one for one in customers if (one, tag) not in taken]
        if wanted > 0 and free:
            chance = min(1.0, wanted / len(free))
            left -= chance * len(free)
            chosen += _draw(tag, free, chance, seed, now)
    return chosen


def told_so_far(connection: Connection, tags: Collection[str]) -> dict[str, tuple[int, int]]:
    """By tag how many customers people said it fits, and how many it does not; tags of which nobody said anything too.

    A model needs some of both (`models.needs.DECISIONS`).
    """
    query = select(Label.tag, Label.value, func.count(func.distinct(Label.customer_id)))
    known = query.where(Label.tag.in_(list(tags)), Label.undone_at.is_(None)).group_by(Label.tag, Label.value)
    counts = {(tag, bool(value)): int(count) for tag, value, count in connection.execute(known)}
    return {tag: (counts.get((tag, True), 0), counts.get((tag, False), 0)) for tag in tags}


def _draw(tag: str, free: Sequence[str], chance: float, seed: int, now: datetime) -> list[Chosen]:
    ids = [content_id(customer, tag) for customer in free]
    places = np.flatnonzero(drawn(ids, np.full(len(ids), chance), seed=seed))
    return [Chosen(free[place], tag, chance, 0.0, None, WITHHELD, NO_MODEL, now) for place in places.tolist()]


def _active(connection: Connection) -> list[str]:
    """The customers of whom the models speak: those with a churn risk; all with events where nobody has any."""
    query = select(CustomerPrediction.customer_id).order_by(CustomerPrediction.customer_id)
    active = list(connection.scalars(query.where(CustomerPrediction.churn.is_not(None))))
    return active or list(connection.scalars(query))


def _asked(connection: Connection, tags: Sequence[str]) -> dict[str, int]:
    """By tag how many customers people were asked about, or decided without being asked."""
    of_tasks, of_labels = (
        select(table.tag, table.customer_id).where(table.tag.in_(tags)) for table in (Task, Label)
    )
    pairs = union(of_tasks, of_labels).subquery()
    query = select(pairs.c.tag, func.count()).group_by(pairs.c.tag)
    return {tag: int(count) for tag, count in connection.execute(query)}


def _waiting(connection: Connection, tags: Sequence[str]) -> dict[str, int]:
    """By tag how many open tasks there are at which nobody has looked."""
    looked_at = select(TaskDecision.seq).where(TaskDecision.task_id == Task.task_id)
    query = select(Task.tag, func.count()).where(
        Task.closed_at.is_(None), Task.tag.in_(tags), ~looked_at.exists()
    )
    return {tag: int(count) for tag, count in connection.execute(query.group_by(Task.tag))}
