"""What Evidently's default preset says of the same windows."""

import warnings

import numpy as np
import pandas as pd

from monitoring.window import Window

DRIFT_SHARE = 0.5
"""The preset's own: a data set has drifted when half of its columns have."""


def drifted_share(reference: Window, window: Window) -> float:
    """The share of columns that `DataDriftPreset()` calls drifted: features, probabilities and churn.

    Each column is asked the preset's own question: the method and the threshold that Evidently chooses for it, by
    Evidently's functions. What the preset draws besides takes ten times as long and has no part in its verdict; a test
    holds this against the preset itself. Columns that are empty in one of the two stay out: the preset fails on them.
    """
    from evidently.legacy.calculations.stattests import get_stattest  # noqa: PLC0415 (takes seconds)
    from evidently.legacy.core import ColumnType  # noqa: PLC0415

    before, now = columns_of(reference), columns_of(window)
    drifted = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # it divides by the deviation of constant columns
        for name in before.columns:
            one, other = before[name].dropna(), now[name].dropna()
            if len(one) and len(other):
                test = get_stattest(one, other, ColumnType.Numerical, None)
                drifted.append(bool(test(one, other, ColumnType.Numerical, None).drifted))
    return float(np.mean(drifted))


def columns_of(window: Window) -> pd.DataFrame:
    """All that the preset is shown of a window."""
    frame = pd.concat([window.features, window.probabilities.add_prefix("tag__")], axis=1)
    return frame if window.churn is None else frame.assign(churn=window.churn)
