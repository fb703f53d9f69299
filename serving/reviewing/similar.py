"""Customers like the one of a task, of whom people decided the same tag: so that like cases are decided alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from core.errors import NotFoundError
from core.storage import Store
from features.histories import Floats
from features.stored_customers import read_customers
from review.tables import Label, Task
from serving.profile import KEY_FIGURES
from serving.snapshot import Snapshot

LOOKED_AT = 60
"""So many of the latest decisions on the tag are looked at: a page waits for the answer."""
SHOWN = 5


def similar_decided(store: Store, snapshot: Snapshot | None, task_id: str, reviewer: str) -> dict[str, Any]:
    """The most alike of the latest decided customers, the most alike first; none before a model is there.

    How far two are apart is the mean difference of their ranks among those looked at, over the key figures and what is
    known of them within the tag's own group, as of the instant that the task asks about.

    Raises:
        NotFoundError: There is no such task for that reviewer.
    """
    with store.read() as connection:
        task = connection.execute(select(Task.__table__).where(Task.task_id == task_id)).one_or_none()
        if task is None or task.only_for not in {None, reviewer}:
            raise NotFoundError("There is no task {task}; ask for the next ones", task=repr(task_id))
        decided = _decided(connection, task)
        names = [task.customer_id, *decided]
        found = [one for one in read_customers(connection, names) if one.has_events]
    if snapshot is None or not found or found[0].customer_id != task.customer_id:
        return {"customers": []}
    features = snapshot.features
    rows = features.rows(features.histories(found), task.as_of)
    near = _nearest(rows[:, _columns(snapshot, task.tag)])
    return {
        "customers": [
            {
                "customer_id": found[place].customer_id,
                "decision": "accept" if decided[found[place].customer_id][0] else "reject",
                "decided_at": decided[found[place].customer_id][1],
                "likeness": likeness,
            }
            for place, likeness in near
        ]
    }


def _decided(connection: Connection, task: Any) -> dict[str, tuple[bool, Any]]:
    """The latest decisions of people on the tag, one for each of the other customers."""
    rows = connection.execute(
        select(Label.customer_id, Label.value, Label.decided_at)
        .where(Label.tag == task.tag, Label.customer_id != task.customer_id, Label.undone_at.is_(None))
        .order_by(Label.seq.desc())
        .limit(LOOKED_AT)
    )
    latest: dict[str, tuple[bool, Any]] = {}
    for row in rows:
        latest.setdefault(row.customer_id, (row.value, row.decided_at))
    return latest


def _columns(snapshot: Snapshot, tag: str) -> list[int]:
    """The places of the key figures and of the tag's own columns."""
    own = [place for name, place in snapshot.column_places.items() if name.endswith(f"__{tag}")]
    return [snapshot.column_places[name] for name in KEY_FIGURES if name in snapshot.column_places] + own


def _nearest(rows: Floats) -> Sequence[tuple[int, float]]:
    """The places of those most alike to the first, with how alike they are, from 0 to 1."""
    if len(rows) < 2:  # noqa: PLR2004 (nobody else)
        return []
    # What is not there counts as more than anything: a last purchase that never was lies longest ago.
    values = np.nan_to_num(rows, nan=np.inf)
    ranks = np.column_stack([_ranks(column) for column in values.T])
    likeness = 1.0 - np.abs(ranks[1:] - ranks[0]).mean(axis=1)
    order = np.argsort(-likeness, kind="stable")[:SHOWN]
    return [(int(place) + 1, float(likeness[place])) for place in order]


def _ranks(values: Floats) -> Floats:
    """The share of values that are less, equal ones by half: shape (n,)."""
    ordered = np.sort(values)
    less = np.searchsorted(ordered, values, side="left")
    ranks: Floats = (less + np.searchsorted(ordered, values, side="right")) / (2.0 * len(values))
    return ranks
