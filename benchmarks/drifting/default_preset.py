"""What Evidently's default preset says of the same windows."""

import importlib
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
    evidently, metrics = (importlib.import_module(name) for name in ("evidently", "evidently.metrics"))
    before, now = _frame(reference), _frame(window)
    names = [name for name in before.columns if before[name].notna().any() and now[name].notna().any()]
    definition = evidently.DataDefinition(numerical_columns=names)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # it divides by the deviation of constant columns
        result: Any = evidently.Report([metrics.DriftedColumnsCount()]).run(
            evidently.Dataset.from_pandas(now[names].reset_index(drop=True), definition),
            evidently.Dataset.from_pandas(before[names].reset_index(drop=True), definition),
        )
    return float(result.dict()["metrics"][0]["value"]["share"])


def _frame(window: Window) -> pd.DataFrame:
    frame = pd.concat([window.features, window.probabilities.add_prefix("tag__")], axis=1)
    return frame if window.churn is None else frame.assign(churn=window.churn)
