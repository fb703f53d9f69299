"""How far means in a window lie from those at training, and how much of that households can do by chance.

The household is the unit. One that stands both in the reference and in the window gives two rows that are much alike,
so their difference varies less than that of two households; one that stands in one of the two varies in full. The
variance is that of the sum of each household's own part (the cluster-robust sandwich of a difference of means; Liang
and Zeger, Biometrika 1986), which holds for any mixture of both.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from monitoring.statistics.rows import Floats, Places


@dataclass(frozen=True, eq=False)
class Units:
    """Which household each row of the reference and of the window belongs to, as numbers from 0 to `n - 1`."""

    reference: Places
    window: Places
    n: int

    @classmethod
    def of(cls, reference: "pd.Index[Any]", window: "pd.Index[Any]") -> "Units":
        """The households of two samples, each with one row a household.

        >>> Units.of(pd.Index(["a", "b"]), pd.Index(["b", "c"])).window.tolist()
        [1, 2]
        """
        places = reference.get_indexer(window)
        new = places < 0
        places[new] = len(reference) + np.arange(new.sum())
        return cls(np.arange(len(reference)), places, len(reference) + int(new.sum()))

    @property
    def freedom(self) -> int:
        """Degrees of freedom: of the smaller sample, less one."""
        return max(1, min(len(self.reference), len(self.window)) - 1)


@dataclass(frozen=True, eq=False)
class Contrast:
    """Differences of means `(k,)`, window less reference, their standard errors, and the degrees of freedom."""

    difference: Floats
    error: Floats
    freedom: int

    def p_values(self, usual: Floats | float = 0.0) -> Floats:
        """How likely each difference is by chance where the true one is no larger than the usual one; two-sided.

        >>> Contrast(np.array([0.3, 0.3]), np.array([0.1, 0.1]), 1000).p_values(np.array([0.0, 0.2])).round(4)
        array([0.0028, 0.3176])
        """
        beyond = np.maximum(np.abs(self.difference) - usual, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(
                beyond > 0, beyond / self.error, 0.0
            )  # without any variation every difference is certain
        out: Floats = np.minimum(1.0, 2.0 * stdtr(self.freedom, -t))
        return out

    @property
    def beyond_chance(self) -> Floats:
        """What of each difference chance does not explain: the root of its square less its variance, never negative."""
        out: Floats = np.sqrt(np.maximum(self.difference**2 - self.error**2, 0.0))
        return out


def contrast(reference: Floats, window: Floats, units: Units) -> Contrast:
    """The differences of column means of scores `(n_reference, k)` and `(n_window, k)`, with household errors.

    >>> same = np.arange(8.0)[:, None]
    >>> households = Units.of(pd.RangeIndex(8), pd.RangeIndex(8))
    >>> paired = contrast(same, same + 0.5, households)
    >>> float(paired.difference[0]), float(paired.error[0])
    (0.5, 0.0)
    """
    n_reference, n_window = len(reference), len(window)
    before, now = reference.mean(axis=0), window.mean(axis=0)
    parts = np.zeros((units.n, reference.shape[1]))
    parts[units.reference] -= (reference - before) / n_reference
    parts[units.window] += (window - now) / n_window
    smaller = max(2, min(n_reference, n_window))
    variance = (parts**2).sum(axis=0) * smaller / (smaller - 1)
    return Contrast(now - before, np.sqrt(variance), units.freedom)
