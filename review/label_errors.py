"""Labels that are likely wrong: where a model that had not learned them is sure of the opposite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select, update

from review.chosen import AUDIT, INFORMATIVE
from review.consensus import LEAST_SHARED, ReviewLabel, agree, read_answers
from review.tables import LabelDoubt, Task

Floats = NDArray[np.float64]

LEAST_OF_EITHER = 5
"""Labels of a tag of either kind: with fewer nothing is known of how sure a model is where it is right."""

USUALLY_WRONG = 0.05
"""The share of answers that are taken to be wrong until enough questions were answered by several reviewers."""


@dataclass(frozen=True)
class LabelError:
    """One label that deserves a second look.

    Attributes:
        value: What reviewers say.
        confidence: What the model said when the question was asked, before it knew the answer.
        quality: How likely the label is right by the model, from 0 to 1; the least come first.
        task_id: The task that was decided, if it can be asked again; of an audit's none can: a second look only where
            the model doubts people would flatter the model.
    """

    customer_id: str
    tag: str
    as_of: datetime
    value: bool
    reviewers: tuple[str, ...]
    confidence: float
    quality: float
    task_id: str | None


def find_label_errors(connection: Connection, tags: Iterable[str]) -> list[LabelError]:
    """The likely errors among the labels of those tags, the likeliest first.

    By confident learning (Northcutt, Jiang and Chuang, Journal of Artificial Intelligence Research 2021; package
    cleanlab) on the confidence that the model had when the question was asked. Of those it finds only the ones count
    that are likelier wrong than right by Bayes' rule: a model that is no more than fairly sure of a tag disagrees with
    people far more often than people err.
    """
    agreed = agree(read_answers(connection)).labels
    labels = {(one.customer_id, one.tag, one.as_of): one for one in agreed}
    wrong = _share_of_wrong(agreed)
    asked: dict[str, list[tuple[ReviewLabel, float, str | None]]] = {tag: [] for tag in tags}
    tasks = connection.execute(
        select(
            Task.customer_id,
            Task.tag,
            Task.as_of,
            Task.confidence,
            Task.stream,
            Task.task_id,
        ).where(
            Task.confidence.is_not(None), Task.stream.in_([AUDIT, INFORMATIVE]), Task.tag.in_(list(asked))
        )
    )
    for task in tasks:
        label = labels.get((task.customer_id, task.tag, task.as_of))
        if label is not None:
            again = task.task_id if task.stream == INFORMATIVE else None
            asked[task.tag].append((label, task.confidence, again))
    found = [
        _error(*several[place], quality)
        for tag, several in asked.items()
        for place, quality in _doubted(
            np.array([label.value for label, _, _ in several], dtype=np.intp),
            np.array([confidence for _, confidence, _ in several], dtype=np.float64),
        )
        if quality * (1.0 - wrong) < wrong * (1.0 - quality)
    ]
    return sorted(found, key=lambda one: (one.quality, one.customer_id, one.tag, one.as_of))


def keep_label_errors(connection: Connection, errors: Sequence[LabelError], *, now: datetime) -> None:
    """Keep the list in place of the one before, for pages and programs to show."""
    connection.execute(delete(LabelDoubt))
    rows = [{**vars(one), "reviewers": list(one.reviewers), "found_at": now} for one in errors]
    if rows:
        connection.execute(insert(LabelDoubt), rows)


def read_label_errors(connection: Connection) -> list[LabelError]:
    """The list as it was last kept, but for labels that were asked about again meanwhile."""
    table = LabelDoubt.__table__
    columns = [table.c[name] for name in LabelError.__dataclass_fields__]
    still_open = select(Task.task_id).where(Task.closed_at.is_(None))
    query = select(*columns).where(table.c.task_id.is_(None) | table.c.task_id.not_in(still_open))
    order = (table.c.quality, table.c.customer_id, table.c.tag, table.c.as_of)
    return [
        LabelError(**{**row._asdict(), "reviewers": tuple(row.reviewers)})
        for row in connection.execute(query.order_by(*order))
    ]


def ask_again(connection: Connection, errors: Iterable[LabelError]) -> int:
    """Give the tasks of those labels to one more reviewer, who is shown no more than the first; gives how many."""
    asked = 0
    for one in errors:
        if one.task_id is None:
            continue
        done = connection.execute(
            update(Task)
            .where(Task.task_id == one.task_id, Task.closed_at.is_not(None))
            .values(closed_at=None, closed_because=None, wanted=len(one.reviewers) + 1)
        )
        asked += done.rowcount
    return asked


def _error(label: ReviewLabel, confidence: float, task_id: str | None, quality: float) -> LabelError:
    return LabelError(
        label.customer_id,
        label.tag,
        label.as_of,
        label.value,
        label.reviewers,
        confidence,
        quality,
        task_id,
    )


def _share_of_wrong(labels: Sequence[ReviewLabel]) -> float:
    """How many of people's answers are wrong, as those tell that several gave to the same questions."""
    shared = [label.weight for label in labels if len(label.reviewers) > 1]
    return 1.0 - float(np.mean(shared)) if len(shared) >= LEAST_SHARED else USUALLY_WRONG


def _doubted(values: NDArray[np.intp], confidence: Floats) -> list[tuple[int, float]]:
    """The places of likely errors among one tag's labels, with the quality of each."""
    if min(np.bincount(values, minlength=2)) < LEAST_OF_EITHER:
        return []
    # It takes a second to load, and the table that is kept is enough for pages.
    from cleanlab.filter import find_label_issues  # noqa: PLC0415
    from cleanlab.rank import get_label_quality_scores  # noqa: PLC0415

    chances = np.column_stack([1.0 - confidence, confidence])
    places = find_label_issues(
        values, chances, filter_by="prune_by_noise_rate", return_indices_ranked_by="self_confidence", n_jobs=1
    )
    quality = get_label_quality_scores(values, chances, method="self_confidence")
    return [(int(place), float(quality[place])) for place in places]
