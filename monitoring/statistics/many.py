"""Many tests in one window: which of them are more than chance, those that matter first."""

import numpy as np
from numpy.typing import NDArray

from monitoring.statistics.rows import Floats

EVEN_SHARE = 0.5
"""Half of the attention goes to all alike: what no model uses today it may use tomorrow."""


def weights_of(importance: Floats) -> Floats:
    """Weights with mean 1 for tests whose subjects have that importance.

    >>> weights_of(np.array([0.75, 0.25, 0.0, 0.0]))
    array([2. , 1. , 0.5, 0.5])
    """
    total, n = importance.sum(), len(importance)
    shares = importance / total if total > 0 else np.full(n, 1.0 / max(n, 1))
    out: Floats = EVEN_SHARE + (1.0 - EVEN_SHARE) * shares * n
    return out


def adjusted(p_values: Floats, weights: Floats | None = None) -> Floats:
    """The least false discovery rate at which each test is called a discovery; NaN tests stay out.

    Benjamini and Hochberg (JRSS B 1995) on p-values divided by weights with mean 1 (Genovese, Roeder and Wasserman,
    Biometrika 2006). The least of them is a p-value of the whole: where nothing shifted, the chance of any discovery
    is the level (Simes, Biometrika 1986), and stays so for columns that rise and fall together (Benjamini and
    Yekutieli, Annals of Statistics 2001).

    >>> adjusted(np.array([0.01, 0.04, 0.03, 0.5])).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    out = np.full(len(p_values), np.nan)
    told = ~np.isnan(p_values)
    weighted = p_values[told] / (1.0 if weights is None else weights[told] / weights[told].mean())
    order = np.argsort(weighted, kind="stable")
    n = len(order)
    steps = weighted[order] * n / np.arange(1, n + 1)
    found = np.empty(n)
    found[order] = np.minimum.accumulate(steps[::-1])[::-1]
    out[told] = np.minimum(found, 1.0)
    return out


def overall(adjusted_p: Floats) -> float:
    """The p-value of all tests together; 1 without any."""
    told = adjusted_p[~np.isnan(adjusted_p)]
    return float(told.min()) if len(told) else 1.0


def discoveries(adjusted_p: Floats, level: float) -> NDArray[np.bool_]:
    """Which tests are discoveries at that rate."""
    return np.nan_to_num(adjusted_p, nan=1.0) <= level
