"""What is typical of a population, feature by feature: what one customer's value is held against."""

from collections.abc import Container
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

AGES = "days_since_"
"""Of these columns a missing value means that it never happened: longer ago than anything."""


def typical_values(features: "pd.DataFrame", *, shares: Container[str] = ()) -> dict[str, float | None]:
    """The median of each column over the rows, None where most have none; of `shares` the mean instead.

    `shares` are columns of 0 and 1: of them it is the share of those known that have a 1. Without rows nothing is
    typical.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"days_since_last_purchase__tea": [3.0, None, None], "gap_mean_days": [7.0, 9.0, None]})
    >>> typical_values(rows)
    {'days_since_last_purchase__tea': None, 'gap_mean_days': 8.0}
    """
    if not len(features):
        return {}
    columns = {str(name): features[name].to_numpy(dtype=np.float64) for name in features.columns}
    return {name: _typical(name, values, is_share=name in shares) for name, values in columns.items()}


def _typical(name: str, values: Floats, *, is_share: bool) -> float | None:
    known = values[~np.isnan(values)]
    if is_share:
        return float(known.mean()) if len(known) else None
    if 2 * len(known) < len(values) or not len(known):
        return None
    if name.startswith(AGES):
        middle = float(np.median(np.where(np.isnan(values), np.inf, values)))
        return middle if np.isfinite(middle) else None
    return float(np.median(known))
