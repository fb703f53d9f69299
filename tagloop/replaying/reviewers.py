"""Simulated reviewers: they take their tasks and send their decisions as people do, through the API."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ids import content_id, stable_key
from tagloop.replaying.server import Caller
from tagloop.replaying.truth import Truth

TASKS_AT_ONCE = 50
PARTS = 1_000_000
READING_MILLISECONDS = (2_000, 9_000)
"""How long a task is in front of them, at least and at most: nobody reads in less than a second."""


@dataclass(frozen=True)
class Reviewer:
    """One reviewer with a key, who knows the truth and says it with a set probability.

    Attributes:
        name: Of the key.
        caller: Speaks to the server with it.
        truth: What turned out; of what it does not tell, the reviewer says nothing.
        accuracy: How likely an answer is right.
        seed: Of the errors.
    """

    name: str
    caller: Caller
    truth: Truth
    accuracy: float
    seed: int

    def work(self, most: int) -> Counter[str]:
        """Decide tasks until there are none or so many were decided; how many of each answer."""
        given: Counter[str] = Counter()
        while sum(given.values()) < most:
            wanted = min(TASKS_AT_ONCE, most - sum(given.values()))
            tasks = self.caller.get(f"/v1/review/next?n={wanted}")["tasks"]
            if not tasks:
                break
            decisions = [self._decision(task) for task in tasks]
            outcomes = self.caller.post("/v1/review/decisions", {"decisions": decisions})["outcomes"]
            for said, became in zip(decisions, outcomes, strict=True):
                given[str(said["decision"]) if became["status"] != "refused" else "refused"] += 1
        return given

    def _decision(self, task: Mapping[str, Any]) -> dict[str, object]:
        said = self.says(
            task["customer"]["customer_id"], task["tag"]["key"], datetime.fromisoformat(task["as_of"])
        )
        low, high = READING_MILLISECONDS
        return {
            "decision_id": content_id(self.name, task["task_id"], task["as_of"]),
            "task_id": task["task_id"],
            "decision": "skip" if said is None else "accept" if said else "reject",
            "milliseconds": low + stable_key(f"pace {self.name} {task['task_id']}") % (high - low),
        }

    def says(self, customer_id: str, tag: str, as_of: datetime) -> bool | None:
        """What they say, the same whenever they are asked about that instant; None where they do not know."""
        return answer(self.truth, self.accuracy, (self.seed, self.name), customer_id, tag, as_of)


def answer(
    truth: Truth, accuracy: float, who: tuple[int, str], customer_id: str, tag: str, as_of: datetime
) -> bool | None:
    """The truth, or with the probability of an error its opposite."""
    fits = truth.of(customer_id, tag, as_of)
    if fits is None:
        return None
    drawn = stable_key("\x1f".join([*map(str, who), customer_id, tag, as_of.isoformat()])) % PARTS
    return fits if drawn < accuracy * PARTS else not fits
