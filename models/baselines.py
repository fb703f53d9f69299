"""Counting rules for interest: always in the comparison, and able to veto a promotion."""

import numpy as np

from models.arrays import Floats, Transform
from models.linear import Direction, LinearModel, Term, fit_logistic

TIE_BREAK = 0.005
"""What a customer's own shopping rate weighs beside the count, per standard deviation of each."""


class PopularityInterest(LinearModel):
    """The share of customers who bought the tag, the same for everybody."""

    def terms(self) -> tuple[Term, ...]:
        """None: only the intercept is learned."""
        return ()


class BoughtInterest(LinearModel):
    """Two probabilities a tag: for those who bought it in the last 84 days, and for all others."""

    def terms(self) -> tuple[Term, ...]:
        """Whether the tag was bought in the last 84 days."""
        return (Term("baskets_84d", Transform.INDICATOR, own=True, direction="up"),)


class PurchaseCountInterest(LinearModel):
    """Ranks by the orders with the tag in the last 84 days, and by nothing else."""

    def terms(self) -> tuple[Term, ...]:
        """The number of orders with the tag in the last 84 days."""
        return (Term("baskets_84d", own=True, direction="up"),)


class CountWithRateInterest(LinearModel):
    """Ranks by the orders with the tag in the last 84 days; among equals, by all orders."""

    def terms(self) -> tuple[Term, ...]:
        """The number of orders with the tag, and of all orders, in the last 84 days."""
        return (Term("baskets_84d", own=True, direction="up"), Term("baskets_84d", direction="up"))

    def _weigh(self, Z: Floats, y: Floats, directions: list[Direction]) -> tuple[Floats, float]:
        score = Z[:, :1] + TIE_BREAK * Z[:, 1:]
        coef, intercept = fit_logistic(score, y, directions[:1])
        return np.array([coef[0], TIE_BREAK * coef[0]]), intercept
