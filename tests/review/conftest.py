"""A store with suggestions in it, on either database, and a clock that is set by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.settings import Settings
from core.storage import Store, open_store
from review.deciding import Answer, Outcome, Said, answer_tasks
from review.planning import Drawn, plan_day
from review.queue import Leased, next_tasks
from review.suggestions import Suggested, keep_suggestions
from review.undoing import undo
from tags.taxonomy import Taxonomy, load_taxonomy

NOON = datetime(2018, 1, 1, 12, tzinfo=UTC)
TAGS = ("coffee", "tea", "wine")


@dataclass
class Desk:
    """What a reviewer's page does, without the page."""

    store: Store
    settings: Settings
    now: datetime = NOON
    taxonomy: Taxonomy = field(default_factory=load_taxonomy)
    given: int = 0

    def suggest(self, suggestions: Sequence[Suggested]) -> None:
        with self.store.write() as connection:
            keep_suggestions(connection, [one.customer_id for one in suggestions], suggestions)

    def plan(self) -> Drawn | None:
        with self.store.write() as connection:
            return plan_day(connection, self.settings, TAGS, now=self.now)

    def next(self, reviewer: str, n: int = 1) -> list[Leased]:
        with self.store.write() as connection:
            return next_tasks(connection, reviewer, n, now=self.now, lease=self.settings.lease)

    def answer(
        self,
        reviewer: str,
        leased: Leased,
        decision: Said = "accept",
        *,
        milliseconds: int = 4_000,
        decision_id: str | None = None,
    ) -> Outcome:
        self.given += 1
        said = Answer(decision_id or f"d{self.given}", leased.task.task_id, decision, milliseconds)
        with self.store.write() as connection:
            (outcome,) = answer_tasks(
                connection, [said], reviewer, self.taxonomy, self.settings, now=self.now
            )
        return outcome

    def undo(self, reviewer: str, decision_id: str) -> str:
        with self.store.write() as connection:
            lease = self.settings.lease
            return undo(connection, decision_id, reviewer, self.taxonomy, now=self.now, lease=lease)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


def suggested(customers: int, seed: int = 0) -> list[Suggested]:
    """Every tag suggested of so many customers: likely ones are applied, unlikely ones withheld."""
    dice = np.random.default_rng(seed)
    confidences = dice.random((customers, len(TAGS))).tolist()
    return [
        Suggested(
            customer_id=f"c{customer}",
            tag=tag,
            confidence=confidence,
            decision="apply" if confidence > 0.8 else "review" if confidence > 0.4 else "withhold",
            spend=float(customer),
            model="interest/1",
            as_of=NOON,
        )
        for customer, row in enumerate(confidences)
        for tag, confidence in zip(TAGS, row, strict=True)
    ]


@pytest.fixture
def desk(tmp_path: Path, database_url: str | None) -> Iterator[Desk]:
    """Forty tasks a day, eight of them audit; nothing is asked twice."""
    settings = Settings(
        home=tmp_path,
        database_url=database_url,
        reviews_per_day=40,
        second_review_share=0,
        repeat_review_share=0,
        blind_share=0,
    )
    store = open_store(settings)
    yield Desk(store, settings)
    store.close()
