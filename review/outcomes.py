"""What became of the models' words: told by the customers' own events once the horizon has passed."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, bindparam, select, update

from core.clock import add_days, to_us
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import insert_new
from features.online import OnlineFeatures
from features.outcomes import Horizon, outcome_names, outcomes
from features.period import known_period
from features.source import FeatureSource
from features.stored_customers import read_customers
from review.chosen import AUDIT, INFORMATIVE
from review.queue import counts
from review.tables import OutcomeLabel, Task, TaskDecision
from review.watching import SERVED
from tags.taxonomy import Taxonomy

WORDS_AT_ONCE = 1_000

_SET = (
    update(OutcomeLabel)
    .where(OutcomeLabel.seq == bindparam("number"), OutcomeLabel.resolved_at.is_(None))
    .values(value=bindparam("came_true"), resolved_at=bindparam("at"))
)


def resolve_outcomes(
    settings: Settings,
    store: Store,
    source: FeatureSource,
    taxonomy: Taxonomy,
    *,
    now: datetime,
    until: datetime | None = None,
) -> int:
    """Find out which of the words came true whose horizon has passed; gives how many were told.

    Besides those of `review.watching` these are the ones that people decided as review tasks. Called again it finds
    what is new. Ended in the middle it leaves the rest for the next call.

    Args:
        settings: Of the shop.
        store: Where the words and the customers' events are.
        source: Says what outcomes count.
        taxonomy: Its tags; a tag that it has no more is told by nobody: its words get no value.
        now: Nothing later is looked at.
        until: Up to when events are complete; by default where the data ends, so that days which were not loaded
            yet do not count as days on which nobody bought.
    """
    with store.write() as connection:
        _note_decided(connection, settings, taxonomy, now)
    told_until = until or _known_until(source, settings, now)
    if told_until is None:
        return 0
    horizon = Horizon(settings.horizon_days, min(told_until, now))
    with store.read() as connection:
        waiting = _waiting(connection, horizon.resolved_until)
    told = 0
    for words in _some(waiting):
        with store.read() as connection:
            found = _tell(connection, source, horizon, words)
        if found:
            with store.write() as connection:
                connection.execute(
                    _SET, [{"number": seq, "came_true": true, "at": now} for seq, true in found.items()]
                )
        told += sum(true is not None for true in found.values())
    return told


def read_outcomes(
    connection: Connection,
    *,
    tags: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    stream: str = SERVED,
) -> pd.DataFrame:
    """Words whose truth is known, in the order in which it became known: one row for each.

    Args:
        connection: To the store.
        tags: Only of these.
        since: Only what became known from then on.
        until: Only what had become known before.
        stream: See `OutcomeLabel`. Precision is measured on `served`: each outcome counts once there.

    Returns:
        Columns seq, customer_id, tag, as_of, ends_at, probability, confidence, decision, model, value, resolved_at.
    """
    row = OutcomeLabel
    columns = [
        row.seq,
        row.customer_id,
        row.tag,
        row.as_of,
        row.ends_at,
        row.probability,
        row.confidence,
        row.decision,
        row.model,
        row.value,
        row.resolved_at,
    ]
    query = select(*columns).where(row.value.is_not(None), row.stream == stream)
    if tags is not None:
        query = query.where(row.tag.in_(list(tags)))
    if since is not None:
        query = query.where(row.resolved_at >= since)
    if until is not None:
        query = query.where(row.resolved_at < until)
    found = connection.execute(query.order_by(row.resolved_at, row.seq)).all()
    return pd.DataFrame.from_records(found, columns=[column.key for column in columns])


def _tell(
    connection: Connection, source: FeatureSource, horizon: Horizon, words: Sequence[Row[Any]]
) -> dict[int, bool | None]:
    """By number of each word whether it came true, None where nobody can tell; what is not over yet is left out."""
    features = OnlineFeatures(source.spec, source.catalogue)
    columns = {name: place for place, name in enumerate(outcome_names(source.spec, source.targets)[:-1])}
    found: dict[int, bool | None] = {}
    for as_of, group in groupby(words, key=lambda word: word.as_of):
        of_instant = list(group)
        customers = read_customers(connection, list(dict.fromkeys(word.customer_id for word in of_instant)))
        histories = features.histories([one for one in customers if one.has_events])
        values, places = np.zeros((0, 0)), dict[str, int]()
        if histories is not None:
            values = outcomes(histories, to_us(as_of), horizon, source.spec, source.catalogue, source.targets)
            places = {name: place for place, name in enumerate(histories.customer_ids)}
        for word in of_instant:
            if word.customer_id not in places or word.tag not in columns:
                found[word.seq] = None
            elif not np.isnan(value := values[places[word.customer_id], columns[word.tag]]):
                found[word.seq] = bool(value)
    return found


def _known_until(source: FeatureSource, settings: Settings, now: datetime) -> datetime | None:
    try:
        return known_period(source, settings, now).ends
    except NotReadyError:
        return None


def _note_decided(connection: Connection, settings: Settings, taxonomy: Taxonomy, now: datetime) -> None:
    """Note the tasks that people decided whose tag's outcome the events tell."""
    tags = [tag.key for tag in taxonomy.outcome_tags]
    decided = select(TaskDecision.seq).where(TaskDecision.task_id == Task.task_id, counts()).exists()
    noted = (
        select(OutcomeLabel.seq)
        .where(
            OutcomeLabel.customer_id == Task.customer_id,
            OutcomeLabel.tag == Task.tag,
            OutcomeLabel.as_of == Task.as_of,
            OutcomeLabel.stream == Task.stream,
        )
        .exists()
    )
    tasks = connection.execute(
        select(Task.__table__).where(
            Task.tag.in_(tags), Task.stream.in_([AUDIT, INFORMATIVE]), Task.made_at <= now, decided, ~noted
        )
    )
    columns = ("customer_id", "tag", "as_of", "stream", "probability", "confidence", "decision", "model")
    rows = [
        {
            **{name: getattr(task, name) for name in columns},
            "ends_at": add_days(task.as_of, settings.horizon_days, settings.zone),
            "value": None,
            "resolved_at": None,
        }
        for task in tasks
    ]
    insert_new(connection, OutcomeLabel, rows)


def _waiting(connection: Connection, until: datetime) -> list[Row[Any]]:
    """The words whose horizon has passed by then and of which nothing is known yet, by instant."""
    query = (
        select(OutcomeLabel.seq, OutcomeLabel.customer_id, OutcomeLabel.tag, OutcomeLabel.as_of)
        .where(OutcomeLabel.resolved_at.is_(None), OutcomeLabel.ends_at <= until)
        .order_by(OutcomeLabel.as_of, OutcomeLabel.customer_id, OutcomeLabel.seq)
    )
    return list(connection.execute(query))


def _some(words: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    for start in range(0, len(words), WORDS_AT_ONCE):
        yield words[start : start + WORDS_AT_ONCE]
