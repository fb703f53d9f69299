"""What share of a population something holds for, from a sample in which each one's chance to be drawn is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

Floats = NDArray[np.float64]
Customers = NDArray[Any]

WEIGHTED, PREDICTION_POWERED = "weighted", "prediction_powered"

LEAST_CUSTOMERS = 50
"""With fewer of equal weight, how far the models' word follows the truth is not known well enough to go by it."""
LEAST_OF_EITHER = 15
"""And so many of either answer, or the word has nothing to tell apart."""


@dataclass(frozen=True)
class Estimate:
    """A share with its interval.

    Attributes:
        value: From 0 to 1; NaN without a row.
        low: The lower end of the interval; 0 without a row.
        high: The upper end; 1 without a row.
        n: Rows.
        customers: Different customers among them.
        effective: How many independent rows drawn with equal chances would tell as much.
        method: `weighted`, or `prediction_powered` where the models' word on everything else made it narrower.
    """

    value: float
    low: float
    high: float
    n: int
    customers: int
    effective: float
    method: str = WEIGHTED


def weighted_share(
    truth: Floats,
    probability: Floats,
    customers: Customers,
    *,
    level: float = 0.9,
    word: Floats | None = None,
    mean_word: float | None = None,
) -> Estimate:
    """The share for which the truth holds in the population that was drawn from.

    The point is Haejek's (1971): the mean with weights one over the chance of being drawn. The interval is exact
    binomial (Clopper and Pearson, Biometrika 1934) over as many rows as the sample is worth (Korn and Graubard,
    Survey Methodology 1998): weights differ and a customer's rows are not independent, so the variance is that of the
    customers' sums, and with few customers it is itself uncertain, which widens the interval.

    With the models' word on the sample and its mean over the population, the estimate may be prediction-powered
    (PPI++; Angelopoulos, Duchi and Zrnic, 2023): the population's mean word, put right by how far the truth lies from
    the word in the sample, with the slope that makes the variance least. It is taken where it is narrower and the
    sample is large enough for it.

    Args:
        truth: 1 or 0 `(n,)`.
        probability: With which each row was drawn, above 0 `(n,)`.
        customers: Whose row it is `(n,)`.
        level: How often the interval holds the share.
        word: What the models said of each row `(n,)`.
        mean_word: The mean of the same over all that was drawn from.

    >>> found = weighted_share(np.array([1.0, 1.0, 1.0, 0.0]), np.full(4, 0.1), np.arange(4))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.75, 0.25, 0.99)
    """
    if not len(truth):
        return Estimate(np.nan, 0.0, 1.0, 0, 0, 0.0)
    numbers = np.unique(customers, return_inverse=True)[1]
    sample = _Sample(truth, 1.0 / probability, numbers)
    value = sample.mean(truth)
    worth = min(sample.worth(truth - value, value, used=1), sample.kish)
    plain = _estimate(sample, value, worth, level, WEIGHTED, known_by=float(sample.m))
    if word is None or mean_word is None or not sample.is_large_enough or np.isnan(word).any():
        return plain
    powered = _powered(sample, word, mean_word, level)
    return powered if powered.high - powered.low < plain.high - plain.low else plain


@dataclass(frozen=True, eq=False)
class _Sample:
    truth: Floats
    weight: Floats
    customer: NDArray[np.intp]

    @property
    def m(self) -> int:
        """How many customers."""
        return int(self.customer.max()) + 1

    @property
    def is_large_enough(self) -> bool:
        """Whether the models' word may be gone by."""
        of_either = [self._kish(self.truth == answer) for answer in (0.0, 1.0)]
        return self.kish >= LEAST_CUSTOMERS and min(of_either) >= LEAST_OF_EITHER

    @property
    def kish(self) -> float:
        """How many customers of equal weight would tell as much (Kish 1965)."""
        return self._kish(np.ones(len(self.weight), dtype=np.bool_))

    def _kish(self, chosen: NDArray[np.bool_]) -> float:
        of_customer = np.bincount(self.customer[chosen], self.weight[chosen])
        squares = float((of_customer**2).sum())
        return float(of_customer.sum()) ** 2 / squares if squares > 0.0 else 0.0

    def mean(self, values: Floats) -> float:
        """The weighted mean."""
        return float(self.weight @ values / self.weight.sum())

    def worth(self, residual: Floats, share: float, *, used: int) -> float:
        """How many independent rows have the variance that these residuals have; `used` are what was fitted to them."""
        if not 0.0 < share < 1.0:
            return self.kish
        of_customer = np.bincount(self.customer, self.weight * residual) / self.weight.sum()
        variance = float((of_customer**2).sum()) * max(self.m - 1, 1) / max(self.m - used, 1)
        return share * (1.0 - share) / variance if variance > 0.0 else self.kish


def _powered(sample: _Sample, word: Floats, mean_word: float, level: float) -> Estimate:
    about = word - sample.mean(word)
    truth = sample.truth - sample.mean(sample.truth)
    spread = sample.mean(about**2)
    slope = sample.mean(about * truth) / spread if spread > 0.0 else 0.0
    value = sample.mean(sample.truth) + slope * (mean_word - sample.mean(word))
    value = min(max(value, 0.0), 1.0)
    worth = sample.worth(truth - slope * about, value, used=2)
    return _estimate(sample, value, worth, level, PREDICTION_POWERED, known_by=sample.kish - 1.0)


def _estimate(
    sample: _Sample, value: float, worth: float, level: float, method: str, *, known_by: float
) -> Estimate:
    tail, n = (1.0 - level) / 2.0, len(sample.truth)
    # Few customers say little of their own variance: Student's quantile for so many in place of that for the rows.
    few, many = max(known_by - 1.0, 1.0), max(n - 1.0, 1.0)
    wider = float(stdtrit(many, 1.0 - tail) / stdtrit(few, 1.0 - tail))
    effective = worth * min(wider, 1.0) ** 2
    hits, misses = value * effective, (1.0 - value) * effective
    low = float(betaincinv(hits, misses + 1.0, tail)) if hits > 0.0 else 0.0
    high = float(betaincinv(hits + 1.0, misses, 1.0 - tail)) if misses > 0.0 else 1.0
    return Estimate(value, low, high, n, sample.m, effective, method)
