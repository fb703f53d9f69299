"""Figures of models: precision and recall, calibration, what weighs, segment profiles, the comparison.

Every function returns a `matplotlib.figure.Figure` of its own; nothing global is touched, shown or saved.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core.language import Language, translate
from models.arrays import Floats
from models.evaluation import Comparison
from models.metrics import (
    average_precision,
    calibration_bins,
    calibration_error,
    check_alike,
    precision_recall,
)
from models.plot_panels import known_of, panels_of
from models.plot_style import ACCENT, INK, MUTED, finished, quiet, shown_language


def precision_recall_figure(
    Y: pd.DataFrame, P: pd.DataFrame, *, language: Language = "en", names: Mapping[str, str] | None = None
) -> Figure:
    """One small panel a label: precision against recall, the share of positives dashed.

    Args:
        Y: Labels, NaN for unknown.
        P: Probabilities of the same shape.
        language: Of the texts.
        names: What labels are called, where it is not their key.
    """
    check_alike(Y, P)
    language = shown_language(language)
    figure, panels = panels_of(Y.shape[1])
    for panel, label in zip(panels, Y.columns, strict=True):
        y, p = known_of(Y[label], P[label])
        _draw_precision_recall(panel, y, p, (names or {}).get(label, label))
    figure.supxlabel(translate("Recall: share of all positives that are found", language), size=9)
    figure.supylabel(translate("Precision: share of those found that are right", language), size=9)
    return finished(figure, language)


def calibration_figure(
    Y: pd.DataFrame, scores: Mapping[str, pd.DataFrame], *, language: Language = "en"
) -> Figure:
    """Observed share against predicted probability, all labels pooled, 15 bins of equal mass for each model.

    Below it, how many predictions of the first model fall where. The diagonal is a kept promise.
    """
    for P in scores.values():
        check_alike(Y, P)
    language = shown_language(language)
    figure = Figure(figsize=(6, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    above.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    pooled = {model: known_of(Y, P) for model, P in scores.items()}
    colours = [ACCENT, MUTED, INK]
    for place, (model, (y, p)) in enumerate(pooled.items()):
        bins, error = calibration_bins(y, p), calibration_error(y, p)
        colour = colours[min(place, len(colours) - 1)]
        label = translate("{model} (calibration error {error})", language, model=model, error=f"{error:.4f}")
        above.plot(bins["predicted"], bins["observed"], "o-", color=colour, markersize=4, label=label)
    below.hist(next(iter(pooled.values()))[1], bins=np.linspace(0, 1, 41), color=ACCENT)
    below.set_yscale("log")
    above.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    above.set_ylabel(translate("Share that came true", language), size=9)
    below.set_ylabel(translate("Predictions", language), size=9)
    below.set_xlabel(translate("Predicted probability", language), size=9)
    above.legend(frameon=False, fontsize=9, loc="upper left")
    quiet(above, grid="both")
    quiet(below, grid="y")
    return finished(figure, language)


def comparison_figure(comparison: Comparison, *, language: Language = "en") -> Figure:
    """Each model's mean with its interval, and beside it how far it is from the default, paired."""
    language = shown_language(language)
    table = comparison.table
    figure = Figure(figsize=(8.4, 0.9 + 0.36 * len(table)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_intervals(left, table["mean"], table["low"], table["high"], comparison.default)
    _draw_intervals(
        right, table["difference"], table["difference_low"], table["difference_high"], comparison.default
    )
    right.axvline(0, color=MUTED, linewidth=1, linestyle="--")
    left.set_yticks(range(len(table)), table.index)
    left.set_ylim(len(table) - 0.5, -0.7)
    metric = {"macro_ap": "Average precision, mean over tags", "auc": "Area under the ROC curve"}
    left.set_title(translate(metric[comparison.metric], language), size=9, loc="left", color=INK, pad=10)
    ahead = translate("Ahead of {model}", language, model=comparison.default)
    right.set_title(ahead, size=9, loc="left", color=INK, pad=10)
    return finished(figure, language)


def _draw_precision_recall(panel: Any, y: Floats, p: Floats, name: str) -> None:
    panel.set(ylim=(0, 1.02))
    if not y.sum():
        panel.set_title(name, size=9, loc="left", color=MUTED)
        return
    precision, recall = precision_recall(y, p)
    panel.step(recall, precision, where="pre", color=ACCENT, linewidth=1.4)
    panel.axhline(y.mean(), color=MUTED, linewidth=1, linestyle="--")
    panel.set_title(f"{name}  {average_precision(y, p):.2f}", size=9, loc="left", color=INK)


def _draw_intervals(
    axes: Any,
    middle: "pd.Series[float]",
    low: "pd.Series[float]",
    high: "pd.Series[float]",
    default: str,
) -> None:
    for place, model in enumerate(middle.index):
        colour = ACCENT if model == default else INK
        axes.plot([low[model], high[model]], [place, place], color=colour, linewidth=2, alpha=0.5)
        axes.plot(middle[model], place, "o", color=colour, markersize=5)
        axes.annotate(
            f"{middle[model]:.3f}",
            (middle[model], place),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            size=7.5,
            color=colour,
        )
    quiet(axes, grid="x")
