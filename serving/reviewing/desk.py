"""What reviewers ask of a server."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from review.deciding import Answer, Outcome, answer_tasks
from review.label_errors import read_label_errors
from review.progress import Agreement, Progress, read_progress
from review.queue import close_retired, next_tasks
from review.undoing import undo
from serving.live import Live
from serving.reviewing.showing import show_tasks
from serving.reviewing.similar import similar_decided


class ReviewDesk:
    """Hands out tasks and keeps what is said to them; several threads may share it."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, live: Live) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._live = live

    def next(self, reviewer: str, n: int) -> dict[str, Any]:
        """The reviewer's next tasks, leased to them."""
        now = self._clock.now()
        with self._store.write() as connection:
            leased = next_tasks(connection, reviewer, n, now=now, lease=self._settings.lease)
            if close_retired(connection, leased, self._live.taxonomy, now=now):
                leased = next_tasks(connection, reviewer, n, now=now, lease=self._settings.lease)
        shown = show_tasks(self._store, self._live.maybe_snapshot, self._live.taxonomy, leased)
        return {"reviewer": reviewer, "tasks": shown}

    def decide(self, reviewer: str, answers: Sequence[Answer]) -> list[Outcome]:
        """Keep the answers; see `review.deciding`."""
        with self._store.write() as connection:
            return answer_tasks(
                connection,
                answers,
                reviewer,
                self._live.taxonomy,
                self._settings,
                now=self._clock.now(),
            )

    def undo(self, reviewer: str, decision_id: str) -> dict[str, str]:
        """Take one of the reviewer's latest answers back."""
        with self._store.write() as connection:
            task_id = undo(
                connection,
                decision_id,
                reviewer,
                self._live.taxonomy,
                now=self._clock.now(),
                lease=self._settings.lease,
            )
        return {"decision_id": decision_id, "task_id": task_id}

    def similar(self, reviewer: str, task_id: str) -> dict[str, Any]:
        """Decided customers like that of a task; see `serving.reviewing.similar`."""
        return similar_decided(self._store, self._live.maybe_snapshot, task_id, reviewer)

    def errors(self) -> dict[str, Any]:
        """Labels that are likely wrong, as they were last looked for."""
        with self._store.read() as connection:
            found = read_label_errors(connection)
        return {"errors": [asdict(one) for one in found]}

    def progress(self) -> dict[str, Any]:
        """How far reviewing has come."""
        with self._store.read() as connection:
            found = read_progress(connection, self._settings, self._clock.now())
        return _as_json(found)


def _as_json(found: Progress) -> dict[str, Any]:
    return {
        "open_tasks": found.open_tasks,
        "decided_today": found.decided_today,
        "reviewers": [
            {**asdict(one), "with_others": _share(one.with_others), "with_self": _share(one.with_self)}
            for one in found.reviewers
        ],
    }


def _share(agreement: Agreement) -> dict[str, Any]:
    return {**asdict(agreement), "share": agreement.share}
