"""What Evidently's default preset says of the same windows."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from monitoring.window import Window

DRIFT_SHARE = 0.5
"""The preset's own: a data set has drifted when half of its columns have."""


def drifted_share(reference: Window, window: Window) -> float:
    """The share of columns that `DataDriftPreset()` calls drifted: features, probabilities and churn.

    The count that the preset shows first is asked for alone, with the preset's own settings: it is the preset's
    verdict, and without a drawing of each column it takes a fraction of the time. Columns that are empty in one of the
    two stay out, because the preset fails on them.
    """
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 (takes seconds)
    from evidently.metrics import DriftedColumnsCount  # noqa: PLC0415

    before, now = _frame(reference), _frame(window)
    names = [name for name in before.columns if before[name].notna().any() and now[name].notna().any()]
    definition = DataDefinition(numerical_columns=names)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # it divides by the deviation of constant columns
        result: Any = Report([DriftedColumnsCount()]).run(
            Dataset.from_pandas(now[names].reset_index(drop=True), definition),
            Dataset.from_pandas(before[names].reset_index(drop=True), definition),
        )
    return float(result.dict()["metrics"][0]["value"]["share"])


def _frame(window: Window) -> pd.DataFrame:
    parts = [window.features, window.probabilities.add_prefix("tag__")]
    if window.churn is not None:
        parts.append(window.churn.rename("churn"))
    return pd.concat(parts, axis=1)
