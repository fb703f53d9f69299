"""What was chosen to be asked, before it is a task."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from review.suggestions import Suggested

INFORMATIVE, AUDIT, AGAIN = "informative", "audit", "again"
NO_MODEL = "none"
"""What stands for the model of a tag that none knows yet."""


@dataclass(frozen=True)
class Chosen:
    """One tag of one customer that people are to be asked about; see `review.tables.Task`.

    `probability` is that with which the audit chose it, None in the other stream. `confidence` is None where no model
    knows the tag.
    """

    customer_id: str
    tag: str
    probability: float | None
    score: float
    confidence: float | None
    decision: str
    model: str
    as_of: datetime

    @property
    def stream(self) -> str:
        """`audit` if it was drawn at random with a known probability, else `informative`."""
        return INFORMATIVE if self.probability is None else AUDIT

    @classmethod
    def suggested(cls, one: Suggested, score: float, probability: float | None = None) -> Self:
        """A suggestion that was chosen."""
        return cls(
            one.customer_id,
            one.tag,
            probability,
            score,
            one.confidence,
            one.decision,
            one.model,
            one.as_of,
        )
