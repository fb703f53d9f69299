"""Evidently's report of a window, by our test of households and with our limits; loaded where it is asked for alone.

Evidently's own choices do not fit here: its method changes with the sample's size, and it calls a data set drifted when
half of its columns are. So its columns are told by the test that decides here (see `shape` and `contrast`) under a name
of its own, and called drifted from where the findings call them so. Only what matters is drawn: what moved, then what
the models go by most.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from monitoring.finding import NOBODY, Finding
from monitoring.statistics.columns import N_SCORES, shifts
from monitoring.statistics.contrast import Units
from monitoring.statistics.feature_drift import AS_USUAL
from monitoring.statistics.feature_drift import CHECK as FEATURES
from monitoring.statistics.prediction_drift import CHECK as PREDICTIONS
from monitoring.statistics.rows import Sample
from monitoring.window import Reference, Window

METHOD = "household_shift"
MOST_COLUMNS = 30
MOST_ROWS = 5_000  # each is drawn, and a page has to load


def report_html(reference: Reference, window: Window, findings: Sequence[Finding]) -> str:
    """A page of its own with a drawing of each column, which needs nothing from outside."""
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 (takes seconds)
    from evidently.metrics import ValueDrift  # noqa: PLC0415

    register()
    limits = limits_of(findings)
    before, now = _numbered(*(_columns(one, reference, findings) for one in (reference, window)))
    shown = [name for name in before.columns if before[name].notna().any() and now[name].notna().any()]
    definition = DataDefinition(numerical_columns=shown)
    report = Report(
        [ValueDrift(column=name, method=METHOD, threshold=limits.get(name, 0.0)) for name in shown],
        include_tests=True,
    )
    result = report.run(
        Dataset.from_pandas(now[shown], definition), Dataset.from_pandas(before[shown], definition)
    )
    return str(result.get_html_str(as_iframe=False))


def register() -> None:
    """Lets Evidently know our test under `METHOD`; again does no harm."""
    from evidently.legacy.calculations.stattests.registry import StatTest, register_stattest  # noqa: PLC0415
    from evidently.legacy.core import ColumnType  # noqa: PLC0415

    test = StatTest(METHOD, "shift among households, p_value", [ColumnType.Numerical], default_threshold=0.01)
    register_stattest(test, household_shift)


def household_shift(
    reference: "pd.Series[Any]", current: "pd.Series[Any]", _kind: Any, threshold: float
) -> tuple[float, bool]:
    """Evidently's form of the test: the p-value of a column's shift, and whether it is as low as the threshold.

    The series are indexed by household, as Evidently leaves them.

    >>> values = pd.Series(np.arange(200.0))
    >>> household_shift(values, values + 60.0, None, 0.01)[1], household_shift(values, values, None, 0.01)[1]
    (True, False)
    """
    before, now = (Sample.of(one.to_frame("value")) for one in (reference, current))
    found = shifts(before, now, ["value"])
    p_value = min(1.0, N_SCORES * float(found.p_values().min()))
    return p_value, p_value <= threshold


def limits_of(findings: Sequence[Finding]) -> dict[str, float]:
    """For each column the p-value from which on it counts as drifted: 1 where the findings call it so, else 0.

    What counts is decided over all columns and beyond what is usual, which no limit of a single one can tell.
    """
    told = [one for one in findings if one.check in {FEATURES, PREDICTIONS} and one.subject != NOBODY]
    return {_label(one.check, one.subject): 1.0 if _is_drifted(one) else 0.0 for one in told}


def _label(check: str, subject: str) -> str:
    """A feature's own name; a tag's with a mark, as one may be called like a feature."""
    return subject if check == FEATURES else f"predicted: {subject}"


def _is_drifted(one: Finding) -> bool:
    return one.alarm is not None or (one.words.message != AS_USUAL and one.check == FEATURES)


def _numbered(before: pd.DataFrame, now: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with households as numbers: Evidently draws a line along the index, which has to be one of numbers."""
    places = Units.of(before.index, now.index)
    return before.set_axis(pd.Index(places.reference)), now.set_axis(pd.Index(places.window))


def _columns(window: Window, reference: Reference, findings: Sequence[Finding]) -> pd.DataFrame:
    limits = limits_of(findings)
    ranked = reference.importance.sort_values(ascending=False).index
    names = [str(name) for name in ranked if name in reference.features]
    moved = [name for name in names if limits.get(name)]
    chosen = list(dict.fromkeys([*moved, *names]))[:MOST_COLUMNS]
    one_each = ~window.features.index.duplicated(keep="last")
    said = window.probabilities if window.churn is None else window.probabilities.assign(churn=window.churn)
    said = said.rename(columns=lambda tag: _label(PREDICTIONS, str(tag)))
    frame = pd.concat([window.features.reindex(columns=chosen)[one_each], said[one_each]], axis=1)
    return frame.iloc[:MOST_ROWS].astype(np.float64)
