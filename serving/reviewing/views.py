"""What was known of the customers of some tasks, and why the model says what it says: worked out for all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features.histories import Floats, Histories, slices
from features.stored_customers import StoredCustomer
from serving.reasons.explainer import Reason
from serving.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class View:
    """A task's customer as of the task's instant.

    Attributes:
        history: Their events; None without any.
        row: Their features: shape (1, n_features), or (0, n_features) without events.
    """

    history: Histories | None
    row: Floats


def views_of(snapshot: Snapshot, tasks: Sequence[Any], customers: Mapping[str, StoredCustomer]) -> list[View]:
    """One for each of the tasks."""
    of_instant: dict[datetime, dict[str, StoredCustomer]] = {}
    for task in tasks:
        customer = customers[task.customer_id]
        if customer.has_events:
            of_instant.setdefault(task.as_of, {})[task.customer_id] = customer
    found: dict[tuple[str, datetime], View] = {}
    for as_of, some in of_instant.items():
        together = snapshot.features.histories(list(some.values()))
        rows = snapshot.features.rows(together, as_of)
        alone = slices(together, 1) if together is not None else ()
        for place, (name, history) in enumerate(zip(some, alone, strict=True)):
            found[name, as_of] = View(history, rows[place : place + 1])
    nothing = View(None, np.zeros((0, len(snapshot.column_places))))
    return [found.get((task.customer_id, task.as_of), nothing) for task in tasks]


def reasons_of(
    snapshot: Snapshot, tasks: Sequence[Any], views: Sequence[View]
) -> dict[str, Sequence[Reason]]:
    """By id of a task what speaks for and against its tag; not of blind ones, nor of those that no model spoke of.

    The reasons are those of the model that serves now.
    """
    of_tag: dict[str, list[int]] = {}
    for place, (task, view) in enumerate(zip(tasks, views, strict=True)):
        is_told = not task.is_blind and task.confidence is not None
        if is_told and task.tag in snapshot.tag_numbers and len(view.row):
            of_tag.setdefault(task.tag, []).append(place)
    found: dict[str, Sequence[Reason]] = {}
    for tag, places in of_tag.items():
        rows = np.concatenate([views[place].row for place in places])
        told = snapshot.explainer.tag_reasons(snapshot.wanted(rows), snapshot.tag_numbers[tag])
        found.update(zip((tasks[place].task_id for place in places), told, strict=True))
    return found
