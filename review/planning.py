"""What people are to look at today: an unbiased audit and the suggestions whose answer tells most."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, insert, select, update

from core.clock import add_days
from core.ids import content_id, new_id, stable_key
from core.settings import Settings
from review.chosen import AGAIN, AUDIT, INFORMATIVE, Chosen
from review.cold_start import draw_unlearned
from review.frame import keep_frame
from review.queue import SKIP
from review.ranking import informative_scores, spread, worth_of
from review.sampling import audit_probabilities, drawn
from review.suggestions import Suggested, read_suggestions
from review.tables import Draw, Label, Task, TaskDecision

__all__ = ["AGAIN", "AUDIT", "AUDIT_DAYS", "INFORMATIVE", "Drawn", "plan_day"]

DECISIONS = ("apply", "review", "withhold")
AUDIT_DAYS = 14
"""A drawn task waits so long for somebody; then it is given up, and the audit's figures say how many were.

So long a task that somebody decided waits for another opinion; then what was said stands.
"""
MOST_SEEDS = 2**31

Pair = tuple[str, str]


@dataclass(frozen=True)
class Drawn:
    """What a day's choice came to."""

    draw_id: str
    suggestions: int
    informative: int
    audited: int


def plan_day(
    connection: Connection,
    settings: Settings,
    tags: Iterable[str],
    *,
    now: datetime,
    reviewed: Collection[str] = (),
    unlearned: Sequence[str] = (),
) -> Drawn | None:
    """Choose the tasks of the shop's present day; None where that was done before.

    Tasks of earlier days that nobody began are replaced; those of the audit stay until somebody decides them or
    `AUDIT_DAYS` are over, because leaving out what people put off would bias it. What a person has decided, and is
    still in force, is not asked again.

    Args:
        connection: To the store.
        settings: How many tasks, and of which kinds.
        tags: Those that models give.
        now: Its local day is planned.
        reviewed: Those among them that only people know: they get half of the audit, which alone measures them.
        unlearned: Those among the reviewed ones that no model knows yet, see `review.cold_start`.
    """
    day = now.astimezone(settings.zone).date()
    if connection.scalar(select(Draw.draw_id).where(Draw.day == day)):
        return None
    asked = set(tags)
    decided = {pair for pair, _ in _in_force(connection, now)}
    _close_old(connection, settings, now)
    open_pairs = _open_pairs(connection)
    known = [one for one in read_suggestions(connection) if one.tag in asked]
    free = [one for one in known if not {(one.customer_id, one.tag)} & (decided | open_pairs)]
    seed = (settings.seed + stable_key(day.isoformat())) % MOST_SEEDS
    draw_id = new_id("draw")
    n_new = settings.reviews_per_day * settings.new_tag_share
    new = draw_unlearned(connection, unlearned, n_new, taken=decided | open_pairs, seed=seed, now=now)
    n_audit = settings.reviews_per_day * settings.audit_share
    audit, chances = _audit(free, n_audit, seed, reviewed)
    n_informative = max(round(settings.reviews_per_day - len(audit) - len(new)), 0)
    informative, scores = _informative(connection, free, audit, n_informative, reviewed)
    at_random = [*new, *(Chosen.suggested(free[at], float(scores[at]), float(chances[at])) for at in audit)]
    most_telling = [Chosen.suggested(free[at], float(scores[at])) for at in informative]
    chosen = _mixed(most_telling, at_random, seed)
    rows = [_task(draw_id, settings, seed, now, place, one) for place, one in enumerate(chosen)]
    if rows:
        connection.execute(insert(Task), rows)
    counts = Drawn(draw_id, len(known), len(most_telling), len(at_random))
    connection.execute(insert(Draw).values(_draw(counts, day, now, seed)))
    keep_frame(connection, draw_id, free, chances)
    return counts


def _draw(counts: Drawn, day: date, now: datetime, seed: int) -> dict[str, object]:
    return {
        "draw_id": counts.draw_id,
        "day": day,
        "made_at": now,
        "seed": seed,
        "suggestions": counts.suggestions,
        "informative": counts.informative,
        "audited": counts.audited,
    }


def _in_force(connection: Connection, now: datetime) -> list[tuple[Pair, datetime]]:
    query = select(Label.customer_id, Label.tag, Label.holds_until).where(
        Label.holds_until > now, Label.as_of <= now, Label.undone_at.is_(None)
    )
    return [((row.customer_id, row.tag), row.holds_until) for row in connection.execute(query)]


def _close_old(connection: Connection, settings: Settings, now: datetime) -> None:
    begun = select(TaskDecision.task_id).where(TaskDecision.undone_at.is_(None))
    answered = begun.where(TaskDecision.decision != SKIP)
    still_open = update(Task).where(Task.closed_at.is_(None))
    connection.execute(
        still_open.where(Task.stream != AUDIT, Task.task_id.not_in(begun)).values(
            closed_at=now, closed_because="replaced"
        )
    )
    long_ago = add_days(now, -AUDIT_DAYS, settings.zone)
    connection.execute(
        still_open.where(Task.stream == AUDIT, Task.made_at < long_ago, Task.task_id.not_in(answered)).values(
            closed_at=now, closed_because="given_up"
        )
    )
    connection.execute(
        update(Task)
        .where(Task.closed_at.is_(None), Task.task_id.in_(begun), Task.made_at < long_ago)
        .values(closed_at=now, closed_because="decided")
    )


def _open_pairs(connection: Connection) -> set[Pair]:
    query = select(Task.customer_id, Task.tag).where(Task.closed_at.is_(None))
    return {(customer, tag) for customer, tag in connection.execute(query)}


def _audit(
    free: Sequence[Suggested], n: float, seed: int, reviewed: Collection[str]
) -> tuple[list[int], NDArray[np.float64]]:
    """The places of what is drawn, and each suggestion's chance; reviewed tags are strata of their own."""
    known_to_people = set(reviewed)
    strata = np.array(
        [DECISIONS.index(one.decision) + len(DECISIONS) * (one.tag in known_to_people) for one in free],
        dtype=np.intp,
    )
    chances = audit_probabilities(strata, n)
    is_drawn = drawn([content_id(one.customer_id, one.tag) for one in free], chances, seed=seed)
    return np.flatnonzero(is_drawn).tolist(), chances


def _informative(
    connection: Connection, free: Sequence[Suggested], audit: Sequence[int], n: int, reviewed: Collection[str]
) -> tuple[list[int], NDArray[np.float64]]:
    """The places of the suggestions whose answer tells most, and everybody's score.

    They are of the review band; of a tag that only people know any may be asked, since answers are all that it learns
    from, and the unsure ones teach sooner than random ones (docs/label-efficiency.md).
    """
    times, disputed = _history(connection)
    pairs = [(one.customer_id, one.tag) for one in free]
    scores = informative_scores(
        np.array([one.confidence for one in free]),
        worth_of(np.array([one.spend for one in free]), _numbers([one.customer_id for one in free])),
        is_disputed=np.array([pair in disputed for pair in pairs], dtype=np.bool_),
        times_decided=np.array([times.get(pair, 0) for pair in pairs], dtype=np.intp),
    )
    known_to_people = set(reviewed)
    in_band = np.array(
        [one.decision == "review" or one.tag in known_to_people for one in free], dtype=np.bool_
    )
    in_band[list(audit)] = False
    places = np.flatnonzero(in_band)
    waiting = [free[place] for place in places.tolist()]
    tags = _numbers([one.tag for one in waiting])
    customers = _numbers([one.customer_id for one in waiting])
    return places[spread(scores[places], tags, customers, n)].tolist(), scores


def _history(connection: Connection) -> tuple[dict[Pair, int], set[Pair]]:
    """How often people decided each pair, and the pairs on which they contradicted each other."""
    counts = connection.execute(
        select(Label.customer_id, Label.tag, func.count(), func.count(func.distinct(Label.value)))
        .where(Label.undone_at.is_(None))
        .group_by(Label.customer_id, Label.tag)
    )
    known = list(counts)
    times = {(customer, tag): n for customer, tag, n, _ in known}
    return times, {(customer, tag) for customer, tag, _, answers in known if answers > 1}


def _numbers(names: Sequence[str]) -> NDArray[np.intp]:
    places = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([places[name] for name in names], dtype=np.intp)


def _mixed(informative: Sequence[Chosen], audit: Sequence[Chosen], seed: int) -> list[Chosen]:
    """Both streams in one order, the audit's at random among the others so that nobody can tell which is which."""
    is_audit = np.zeros(len(informative) + len(audit), dtype=np.bool_)
    dice = np.random.default_rng(seed)
    is_audit[dice.permutation(len(is_audit))[: len(audit)]] = True
    of_audit = iter([audit[place] for place in dice.permutation(len(audit)).tolist()])
    others = iter(informative)
    return [next(of_audit if drawn_at_random else others) for drawn_at_random in is_audit.tolist()]


def _task(
    draw_id: str, settings: Settings, seed: int, now: datetime, place: int, one: Chosen
) -> dict[str, object]:
    blind, double = np.random.default_rng([seed, place]).random(2)
    return {
        **asdict(one),
        "task_id": new_id("task"),
        "draw_id": draw_id,
        "stream": one.stream,
        "place": place,
        "is_blind": one.confidence is not None and bool(blind < settings.blind_share),
        "wanted": 2 if double < settings.second_review_share else 1,
        "only_for": None,
        "made_at": now,
        "closed_at": None,
        "closed_because": None,
    }
