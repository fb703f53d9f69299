"""Which of the models' words are held against what follows: a sample of customers that no score chose."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from core.clock import add_days
from core.ids import stable_key
from core.settings import Settings
from core.storage.upsert import insert_new
from review.tables import OutcomeLabel, Suggestion
from tags.taxonomy import Taxonomy

SERVED = "served"
"""The stream of those whose turn had come, whatever the models said of them."""

MOST_CUSTOMERS = 20_000
"""In one horizon so many are watched: with every tag's figures narrower than a percent, more would tell nothing."""

_PARTS = 2**20
_AT_ONCE = 500


def watch_outcomes(connection: Connection, settings: Settings, taxonomy: Taxonomy, *, now: datetime) -> int:
    """Note what the models suggest of the customers whose turn it is today; gives how many words were noted.

    A customer's turn comes once in a horizon, on a day that a hash of the id fixes: so no score chooses who is
    watched, as many are on each day, and the outcome of one customer and tag never counts twice however often it is
    scored. Turns of days on which nobody looked are made up for. Once a day; later calls of the day note nothing.
    """
    tags = [tag.key for tag in taxonomy.outcome_tags if tag.is_current]
    today = now.astimezone(settings.zone).date()
    days = _days_due(connection, settings, today)
    if not tags or not days:
        return 0
    names = list(connection.scalars(select(Suggestion.customer_id).distinct()))
    share = min(1.0, MOST_CUSTOMERS / max(len(names), 1))
    due = [
        name
        for name in names
        if is_due(name, today, horizon=settings.horizon_days, days=days) and _is_watched(name, share)
    ]
    rows = [row for some in _some(due) for row in _noted(connection, some, tags, settings)]
    insert_new(connection, OutcomeLabel, rows)
    return len(rows)


def is_due(customer_id: str, today: date, *, horizon: int, days: int = 1) -> bool:
    """Whether the customer's turn came today, or on one of the `days` that end with today.

    >>> [is_due("c1", date(2018, 1, day), horizon=3) for day in range(1, 7)]
    [False, False, True, False, False, True]
    """
    return (today.toordinal() - stable_key(customer_id)) % horizon < days


def _days_due(connection: Connection, settings: Settings, today: date) -> int:
    """How many days' turns are due: today's, and those since the last day on which somebody was noted."""
    last = connection.scalar(select(func.max(OutcomeLabel.as_of)).where(OutcomeLabel.stream == SERVED))
    if last is None:
        return 1
    passed = (today - last.astimezone(settings.zone).date()).days
    return max(0, min(passed, settings.horizon_days))


def _is_watched(customer_id: str, share: float) -> bool:
    return (stable_key(f"watched {customer_id}") % _PARTS) < share * _PARTS


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _noted(
    connection: Connection, names: Sequence[str], tags: Sequence[str], settings: Settings
) -> list[dict[str, object]]:
    """What is suggested of those customers, but for pairs whose last outcome is not over yet."""
    suggested = connection.execute(
        select(Suggestion.__table__).where(Suggestion.customer_id.in_(names), Suggestion.tag.in_(tags))
    ).all()
    waiting = connection.execute(
        select(OutcomeLabel.customer_id, OutcomeLabel.tag, OutcomeLabel.ends_at)
        .where(OutcomeLabel.customer_id.in_(names), OutcomeLabel.stream == SERVED)
        .order_by(OutcomeLabel.ends_at)
    )
    ends = {(customer, tag): ends_at for customer, tag, ends_at in waiting}
    return [
        {
            "customer_id": one.customer_id,
            "tag": one.tag,
            "as_of": one.as_of,
            "ends_at": add_days(one.as_of, settings.horizon_days, settings.zone),
            "stream": SERVED,
            "probability": None,
            "confidence": one.confidence,
            "decision": one.decision,
            "model": one.model,
            "value": None,
            "resolved_at": None,
        }
        for one in suggested
        if ends.get((one.customer_id, one.tag), one.as_of) <= one.as_of
    ]
