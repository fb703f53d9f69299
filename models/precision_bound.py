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
    """Rows from the likeliest down: probability, truth and the customer's number, each `(n,)`."""

    probability: Floats
    truth: Floats
    customer: NDArray[np.intp]

    @classmethod
    def of(cls, probability: Floats, truth: Floats, customers: Customers) -> "Ranked":
        """The rows in order; of equal probabilities all stand above a threshold or none."""
        order = np.argsort(-probability, kind="stable")
        _, numbers = np.unique(customers, return_inverse=True)
        return cls(probability[order], truth[order], numbers[order])

    def rows_at(self, n: int) -> int:
        """How many rows are at least as likely as the n-th."""
        return int(np.searchsorted(-self.probability, -self.probability[n - 1], side="right"))

    def effective(self, n: int) -> float:
        """How many independent rows the first n are worth: a customer who comes again tells less."""
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

    def p_value(self, n: int, target: float, drift: float) -> float:
        """Of the first n rows, as many independent ones as they are worth."""
        effective = self.effective(n)
        return p_value(float(self.truth[:n].mean()) * effective, effective, target, drift)

    def low(self, n: int, confidence: float, drift: float) -> float:
        """The largest target that the first n rows certify."""

        def beyond(target: float) -> float:
            return self.p_value(n, target, drift) - (1.0 - confidence)

        return float(brentq(beyond, 0.0, 1.0)) if beyond(0.0) < 0.0 else 0.0
