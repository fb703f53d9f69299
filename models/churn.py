"""Churn: the probability that an active customer buys nothing within the horizon."""

from dataclasses import dataclass

from models.arrays import Floats, Transform
from models.boosting import BoostedModel
from models.linear import Direction, LinearModel, Term, fit_logistic

CHURNED = "churned"
"""The label's column: 1 when the customer bought nothing within the horizon after the cutoff."""

ACTIVE_COLUMN = "baskets_56d"
"""Churn is asked of customers with at least one order in the 56 days before the cutoff."""


class RecencyChurn(LinearModel):
    """Ranks by the days since the last purchase, and by nothing else."""

    def terms(self) -> tuple[Term, ...]:
        """Days since the last purchase."""
        return (Term("days_since_last_purchase", direction="up", fill=365.0),)


class FrequencyChurn(LinearModel):
    """Ranks by the days with a purchase in the last 84 days, fewest first, and by nothing else."""

    def terms(self) -> tuple[Term, ...]:
        """Purchase days in the last 84 days."""
        return (Term("purchase_days_84d", direction="down"),)


class LogisticChurn(LinearModel):
    """Logistic regression on recency, frequency and money.

    Args:
        penalty: Weight of the squared coefficients, per standard deviation of a column; 1 is C = 1.
    """

    def __init__(self, penalty: float = 1.0) -> None:
        self.penalty = penalty

    def terms(self) -> tuple[Term, ...]:
        """Recency, frequency over two windows, money."""
        return (
            Term("days_since_last_purchase", Transform.DECAY, days=28.0, fill=float("inf")),
            Term("baskets_28d"),
            Term("baskets_84d"),
            Term("spend_84d"),
        )

    def _weigh(
        self, Z: Floats, y: Floats, directions: list[Direction], cases: Floats | None = None
    ) -> tuple[Floats, float]:
        return fit_logistic(Z, y, directions, self.penalty, cases=cases)


class BoostedChurn(BoostedModel):
    """Boosted trees on everything that is known about the customer as a whole."""


@dataclass(frozen=True)
class RiskLevel:
    """A named range of churn probabilities, from `at_least` up to the next level.

    Attributes:
        key: What programs read.
        at_least: The lowest probability that belongs to it.
        en: The English name.
        zh: The Chinese name.
    """

    key: str
    at_least: float
    en: str
    zh: str


RISK_LEVELS: tuple[RiskLevel, ...] = (
    RiskLevel("low", 0.0, "Low", "低"),
    RiskLevel("medium", 0.15, "Medium", "中"),
    RiskLevel("high", 0.40, "High", "高"),
)
"""From lowest to highest. In Complete Journey one active customer in nine leaves within 30 days."""
