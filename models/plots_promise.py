"""Figures of what is promised: calibration tag by tag, and precision against coverage with the certified point.

Every function returns a `matplotlib.figure.Figure` of its own; nothing global is touched, shown or saved.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core.language import Language, translate
from models.arrays import Floats
from models.certification import Certification
from models.metrics import calibration_bins, check_alike
from models.plot_panels import known_of, panels_of
from models.plot_style import ACCENT, INK, MUTED, finished, shown_language

BINS = 8
"""Of equal mass for one tag, whose rows are fewer than those of all tags together."""


def calibration_by_tag_figure(
    Y: pd.DataFrame, P: pd.DataFrame, *, language: Language = "en", names: Mapping[str, str] | None = None
) -> Figure:
    """One small panel a label: the share that came true against what was said; the diagonal is a kept promise.

    Args:
        Y: Labels, NaN for unknown.
        P: Probabilities of the same shape.
        language: Of the texts.
        names: What labels are called, where it is not their key.
    """
    check_alike(Y, P)
    language = shown_language(language)
    figure, panels = panels_of(len(Y.columns))
    for panel, label in zip(panels, Y.columns, strict=False):
        y, p = known_of(Y[label], P[label])
        panel.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        if len(y):
            bins = calibration_bins(y, p, BINS)
            panel.plot(bins["predicted"], bins["observed"], "o-", color=ACCENT, markersize=3, linewidth=1.2)
        panel.set(ylim=(0, 1.02))
        _titled(panel, (names or {}).get(label, label), known=bool(len(y)))
    figure.supxlabel(translate("Predicted probability", language), size=9)
    figure.supylabel(translate("Share that came true", language), size=9)
    return finished(figure, language)


def precision_coverage_figure(
    Y: pd.DataFrame,
    P: pd.DataFrame,
    found: Mapping[str, Certification],
    *,
    language: Language = "en",
    names: Mapping[str, str] | None = None,
) -> Figure:
    """One small panel a label: precision above a threshold against the share of all that came true above it.

    The target is dashed; a certified threshold is a dot, with a line down to the precision that is promised.
    """
    check_alike(Y, P)
    language = shown_language(language)
    figure, panels = panels_of(len(Y.columns))
    for panel, label in zip(panels, Y.columns, strict=False):
        curve = precision_coverage(*known_of(Y[label], P[label]))
        panel.plot(curve["coverage"], curve["precision"], color=ACCENT, linewidth=1.4)
        one = found.get(label)
        if one is not None:
            panel.axhline(one.target, color=MUTED, linewidth=1, linestyle="--")
            if one.threshold is not None and one.precision is not None and one.precision_low is not None:
                panel.plot([one.coverage] * 2, [one.precision_low, one.precision], color=INK, linewidth=1)
                panel.plot(one.coverage, one.precision, "o", color=INK, markersize=5)
        panel.set(ylim=(0, 1.02))
        _titled(panel, (names or {}).get(label, label), known=one is None or one.threshold is not None)
    figure.supxlabel(translate("Coverage: share of all that came true that is applied", language), size=9)
    figure.supylabel(translate("Precision: share of those applied that is right", language), size=9)
    return finished(figure, language)


def precision_coverage(y: Floats, p: Floats) -> pd.DataFrame:
    """One row a threshold, from the strictest down: `threshold`, `rows` at or above it, `precision`, `coverage`.

    >>> precision_coverage(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.8]))["precision"].round(2).tolist()
    [1.0, 0.67]
    """
    order = np.argsort(-p, kind="stable")
    ranked, hits = p[order], np.cumsum(y[order])
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(p) else np.zeros(0, dtype=int)
    return pd.DataFrame(
        {
            "threshold": ranked[last],
            "rows": last + 1,
            "precision": hits[last] / (last + 1),
            "coverage": hits[last] / max(1.0, float(y.sum())),
        }
    )


def _titled(panel: Any, name: str, *, known: bool) -> None:
    panel.set_title(name, size=9, loc="left", color=INK if known else MUTED)
