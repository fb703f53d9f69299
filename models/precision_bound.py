"""The exact test of a precision: how likely so many come true by chance, in a month that may have drifted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc

from models.arrays import Floats

# Drift is averaged over: nodes and weights of Gauss and Hermite for a standard normal.
_NODES, _WEIGHTS = (part.copy() for part in np.polynomial.hermite_e.hermegauss(21))
_WEIGHTS /= _WEIGHTS.sum()

Customers = NDArray[Any]


def p_value(correct: Floats | float, n: Floats | float, target: float, drift: float) -> float:
    """How likely so many of `n` independent rows come true if the precision next month is only the target.

    This month's precision is next month's plus a normal drift, over which the exact binomial probability (Clopper and
    Pearson, Biometrika 1934) is averaged. `correct` and `n` may be fractions, as of an effective sample.

    >>> round(p_value(36, 40, 0.8, 0.0), 4), round(p_value(36, 40, 0.8, 0.03), 4)
    (0.0759, 0.0988)
    """
    precision = np.clip(target + drift * _NODES, 0.0, 1.0)
    at_least = betainc(max(float(correct), 1e-9), float(n) - float(correct) + 1.0, precision)
    return float(_WEIGHTS @ at_least)


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rows from the likeliest down: probability, truth and the customer's number, each `(n,)`.

    `weight (n,)` is one over the chance with which a row was drawn; None where rows are all there are.
    """

    probability: Floats
    truth: Floats
    customer: NDArray[np.intp]
    weight: Floats | None = None

    @classmethod
    def of(
        cls, probability: Floats, truth: Floats, customers: Customers, weight: Floats | None = None
    ) -> "Ranked":
        """The rows in order; of equal probabilities all stand above a threshold or none."""
        order = np.argsort(-probability, kind="stable")
        _, numbers = np.unique(customers, return_inverse=True)
        in_order = None if weight is None else weight[order]
        return cls(probability[order], truth[order], numbers[order], in_order)

    def precision(self, n: int) -> float:
        """The share of the first n rows that came true; of drawn ones, of all that they stand for."""
        weight = None if self.weight is None else self.weight[:n]
        return float(np.average(self.truth[:n], weights=weight))

    def coverage(self, n: int) -> float:
        """The share of all that came true that is among the first n rows."""
        hits = self.truth if self.weight is None else self.truth * self.weight
        return float(hits[:n].sum() / hits.sum()) if hits.any() else 0.0

    def rows_at(self, n: int) -> int:
        """How many rows are at least as likely as the n-th."""
        return int(np.searchsorted(-self.probability, -self.probability[n - 1], side="right"))

    def effective(self, n: int) -> float:
        """How many independent rows the first n are worth: a customer who comes again tells less."""
        if self.weight is not None:
            return self._worth_of_drawn(n, self.weight[:n])
        truth, (_, customer) = self.truth[:n], np.unique(self.customer[:n], return_inverse=True)
        m, precision = int(customer.max()) + 1, float(truth.mean())
        if m == n:
            return float(n)
        if precision in {0.0, 1.0}:
            return float(m)  # without any variation nothing tells how alike a customer's rows are
        of_customer = np.bincount(customer, truth - precision)
        variance = float((of_customer**2).sum()) / n**2 * m / max(m - 1, 1)
        effect = variance / (precision * (1.0 - precision) / n)
        return n / min(
            max(effect, 1.0), n / m
        )  # rows are worth no more than rows, no less than their customers

    def _worth_of_drawn(self, n: int, weight: Floats) -> float:
        """The same of rows that stand for more or fewer others: never more than customers of equal weight (Kish)."""
        _, customer = np.unique(self.customer[:n], return_inverse=True)
        of_customer = np.bincount(customer, weight)
        most, precision = float(of_customer.sum() ** 2 / (of_customer**2).sum()), self.precision(n)
        if precision in {0.0, 1.0}:
            return most
        away = np.bincount(customer, weight * (self.truth[:n] - precision)) / weight.sum()
        return min(precision * (1.0 - precision) / float((away**2).sum()), most)

    def p_value(self, n: int, target: float, drift: float) -> float:
        """Of the first n rows, as many independent ones as they are worth."""
        effective = self.effective(n)
        return p_value(self.precision(n) * effective, effective, target, drift)

    def low(self, n: int, confidence: float, drift: float) -> float:
        """The largest target that the first n rows certify."""

        def beyond(target: float) -> float:
            return self.p_value(n, target, drift) - (1.0 - confidence)

        return float(brentq(beyond, 0.0, 1.0)) if beyond(0.0) < 0.0 else 0.0
