"""Decisions in flight when a process is killed: what was answered is kept whole, the rest not at all."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.settings import Settings
from core.storage import Store
from review.tables import Label, Task, TaskDecision
from tags.profile.tables import ClaimRow
from tests.faults import jobs
from tests.faults.killing import KILLS, Running, kill_at, kill_often
from tests.faults.moments import Moment

TASKS = 1_500
STAGES = {
    Moment("before", "review.deciding:_answer", call=5): "not kept",
    Moment("before", "review.deciding:count", call=5): "not kept",
    Moment("after", "review.deciding:count", call=5): "not kept",
    Moment("before", "review.words:put", call=5): "not kept",
}


class Reviewing:
    """A home whose reviewers' processes are killed, and what they were told."""

    def __init__(self, settings: Settings, store: Store, receipts: Path) -> None:
        self.given: dict[str, Any] = settings.model_dump(include={"home", "database_url", "lake_buckets"})
        self.given |= {"clock": "fixed", "clock_instant": jobs.NOW}
        self.store, self.receipts = store, receipts
        with store.write() as connection:
            connection.execute(insert(Task), [task(number) for number in range(TASKS)])

    def start(self, dies: Moment | None = None) -> Running:
        return Running(jobs.decide_tasks, self.given, self.receipts, self.left(), dies=dies)

    def left(self) -> list[str]:
        """The tasks that nobody was told about yet: what was under way is sent again."""
        told = self.answered()
        return [f"t{number}" for number in range(TASKS) if f"t{number}" not in told]

    def answered(self) -> set[str]:
        lines = self.receipts.read_text(encoding="utf-8").splitlines() if self.receipts.exists() else []
        assert all(line.split()[1] in {"recorded", "already_recorded"} for line in lines)
        return {line.split()[0] for line in lines}

    def after(self) -> str:
        """Every decision that was answered is kept, each with its label and its word on the profile, or not at all."""
        with self.store.read() as connection:
            decisions = {
                row.task_id: row.label_id
                for row in connection.execute(select(TaskDecision.task_id, TaskDecision.label_id))
            }
            labels = set(connection.scalars(select(Label.label_id)))
            claims = set(connection.scalars(select(ClaimRow.claim_id)))
            closed = set(connection.scalars(select(Task.task_id).where(Task.closed_at.is_not(None))))
        answered = self.answered()
        assert answered <= set(decisions)
        assert len(set(decisions) - answered) <= 1
        assert set(decisions.values()) == labels
        assert {f"decision:{label}" for label in labels} == claims
        assert closed == set(decisions)
        return "kept and not answered" if set(decisions) - answered else "not kept"


def task(number: int) -> dict[str, object]:
    return {
        "task_id": f"t{number}",
        "draw_id": "d",
        "customer_id": f"c{number}",
        "tag": "coffee",
        "stream": "informative",
        "probability": None,
        "score": 0.5,
        "place": number,
        "is_blind": False,
        "wanted": 1,
        "only_for": None,
        "confidence": 0.5,
        "decision": "review",
        "model": "interest/1",
        "as_of": jobs.NOW,
        "made_at": jobs.NOW,
        "closed_at": None,
        "closed_because": None,
    }


@pytest.fixture
def reviewing(settings: Settings, store: Store, folder: Path) -> Reviewing:
    own = settings.model_copy(update={"repeat_review_share": 0.0})
    return Reviewing(own, store, folder / "receipts")


def test_no_answered_decision_is_lost_and_none_is_kept_by_halves(reviewing: Reviewing) -> None:
    reviewing.given |= {"repeat_review_share": 0.0}
    hit = kill_at(reviewing.start, reviewing.after, STAGES)
    kill_often(reviewing.start, reviewing.after, seconds=0.25, times=KILLS - hit)
    assert len(reviewing.answered()) > 0
    left = reviewing.left()[:20]
    Running(jobs.decide_tasks, reviewing.given, reviewing.receipts, left).wait()
    assert set(left) <= reviewing.answered()
    reviewing.after()
