"""A figure with the interval in which it lies."""

from dataclasses import dataclass

import numpy as np

from features.histories import Floats, Ints

SURE = 1.959964  # standard deviations to either side: 95 percent


@dataclass(frozen=True)
class Estimate:
    """A figure with the ends of its 95 percent interval."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """The three as plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}


def spread(influence: Floats, customer: Ints) -> float:
    """The standard error of a figure from what each row contributes to it.

    Rows of one customer at several instants are not independent, so what they contribute is added up first (the
    sandwich estimator with customers as clusters; Liang and Zeger, Biometrika 1986).

    Args:
        influence: Of each row on the figure `(n_rows,)`.
        customer: The number of each row's customer `(n_rows,)`.
    """
    return float(np.sqrt(np.square(np.bincount(customer, weights=influence)).sum()))
