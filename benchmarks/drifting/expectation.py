"""How far expected quality lies from what turned out, beside taking quality for what it was at training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from monitoring.statistics.expected import auc_parts, precision_parts
from monitoring.statistics.level import LEAST_CUSTOMERS
from monitoring.statistics.rows import Floats
from monitoring.window import WITHHOLD, Window

Known = tuple[Window, pd.DataFrame]
"""A window with what turned out of its customers, a column a tag."""

Realised = Callable[[Window, pd.DataFrame, str], float]


@dataclass(frozen=True)
class Errors:
    """Mean absolute errors over tags and months.

    Attributes:
        expected: Of what was expected from the probabilities.
        unchanged: Of what was realised at training.
        n: Tags times months.
    """

    expected: float
    unchanged: float
    n: int

    @property
    def ratio(self) -> float:
        """Below 1 where expecting is better than assuming that nothing changed."""
        return self.expected / self.unchanged


def precision_errors(before: Known, later: Sequence[Known]) -> Errors:
    """Of the precision where a tag is suggested, to be applied or reviewed, of tags with enough such customers."""
    return _errors(before, later, _expected_precision, _precision)


def auc_errors(before: Known, later: Sequence[Known]) -> Errors:
    """Of the area under the curve of every tag."""
    return _errors(before, later, _expected_auc, _auc)


def _errors(
    before: Known, later: Sequence[Known], expect: Callable[[Window, str], float], realise: Realised
) -> Errors:
    expected, unchanged = [], []
    for window, outcomes in later:
        for tag in window.probabilities.columns:
            was, now = realise(*before, tag), realise(window, outcomes, tag)
            if not np.isnan(was + now):
                expected.append(abs(expect(window, tag) - now))
                unchanged.append(abs(was - now))
    return Errors(float(np.mean(expected)), float(np.mean(unchanged)), len(expected))


def _arrays(window: Window, tag: str) -> tuple[Floats, Floats]:
    p = np.asarray(window.probabilities[tag], dtype=np.float64)
    return p, np.asarray(window.decisions[tag] != WITHHOLD, dtype=np.float64)


def _expected_precision(window: Window, tag: str) -> float:
    return float(precision_parts(*_arrays(window, tag)).mean())


def _precision(window: Window, outcomes: pd.DataFrame, tag: str) -> float:
    _, suggested = _arrays(window, tag)
    if suggested.sum() < LEAST_CUSTOMERS:
        return float("nan")
    return float(
        outcomes.loc[window.probabilities.index, tag].to_numpy(dtype=np.float64)[suggested > 0].mean()
    )


def _expected_auc(window: Window, tag: str) -> float:
    return float(auc_parts(_arrays(window, tag)[0]).mean())


def _auc(window: Window, outcomes: pd.DataFrame, tag: str) -> float:
    y = outcomes.loc[window.probabilities.index, tag].to_numpy(dtype=np.float64)
    return float(roc_auc_score(y, _arrays(window, tag)[0])) if 0 < y.mean() < 1 else float("nan")
