"""Small steps that the families share."""

import math

from core.compiled import compiled
from features.histories import Floats


@compiled
def ratio(part: float, whole: float) -> float:
    """Part / whole, NaN where the whole is zero.

    >>> ratio(1.0, 4.0), ratio(1.0, 0.0)
    (0.25, nan)
    """
    return part / whole if whole != 0 else math.nan


@compiled
def put(row: Floats, values: tuple[float, ...]) -> None:
    """Write the values into the row, one after the other."""
    for place, value in enumerate(values):
        row[place] = value
