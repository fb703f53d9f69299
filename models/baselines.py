"""Counting rules for interest: always in the comparison, and able to veto a promotion."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from models.arrays import Floats, Transform
from models.behaviour import BEHAVIOURS, Behaviour
from models.linear import Direction, LinearModel, Term, fit_logistic

TIE_BREAK = 0.005
"""What a customer's own shopping rate weighs beside the count, per standard deviation of each."""

_BOUGHT = Behaviour("baskets_84d", "days_since_last_purchase", own=True)
_FRESH = Term("days_since_last_event", Transform.DECAY, days=28.0, fill=float("inf"), direction="up")


class PopularityInterest(LinearModel):
    """The share of customers who bought the tag, the same for everybody."""

    def terms(self) -> tuple[Term, ...]:
        """None: only the intercept is learned."""
        return ()


class _CountedInterest(LinearModel):
    """A rule on what a tag's outcome counts: orders with it, unless a behaviour is named.

    Args:
        behaviours: Of tags whose outcome is no purchase from their group by what it is known: a name in
            `models.behaviour.BEHAVIOURS`.
    """

    def __init__(self, behaviours: Mapping[str, str] | None = None) -> None:
        self.behaviours = behaviours

    def terms(self) -> tuple[Term, ...]:
        """The terms of a tag that is bought."""
        return self._terms(_BOUGHT)

    def terms_of(self, tag: str) -> tuple[Term, ...]:
        """The terms of what the tag's outcome counts."""
        name = (self.behaviours or {}).get(tag)
        return self._terms(BEHAVIOURS[name] if name else _BOUGHT)

    @abstractmethod
    def _terms(self, behaviour: Behaviour) -> tuple[Term, ...]:
        """The rule's terms."""


class BoughtInterest(_CountedInterest):
    """Two probabilities a tag: for those who bought it in the last 84 days, and for all others."""

    def _terms(self, behaviour: Behaviour) -> tuple[Term, ...]:
        return (Term(behaviour.count, Transform.INDICATOR, own=behaviour.own, direction="up"),)


class PurchaseCountInterest(_CountedInterest):
    """Ranks by the orders with the tag in the last 84 days, and by nothing else."""

    def _terms(self, behaviour: Behaviour) -> tuple[Term, ...]:
        return (Term(behaviour.count, own=behaviour.own, direction="up"),)


class CountWithRateInterest(_CountedInterest):
    """Ranks by the orders with the tag in the last 84 days; among equals, by all orders.

    Where there is no category to tell apart, equals are ranked by how fresh the last event of any type is.
    """

    def _terms(self, behaviour: Behaviour) -> tuple[Term, ...]:
        count = Term(behaviour.count, own=behaviour.own, direction="up")
        return (count, Term(behaviour.count, direction="up") if behaviour.own else _FRESH)

    def _weigh(
        self, Z: Floats, y: Floats, directions: list[Direction], cases: Floats | None = None
    ) -> tuple[Floats, float]:
        score = Z[:, :1] + TIE_BREAK * Z[:, 1:]
        coef, intercept = fit_logistic(score, y, directions[:1], cases=cases)
        return np.array([coef[0], TIE_BREAK * coef[0]]), intercept
