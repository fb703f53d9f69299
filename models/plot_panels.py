"""One small panel a label, six in a row, and what of a label is known: what plots by label share."""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from models.arrays import Floats
from models.plot_style import quiet

PANELS_A_ROW = 6


def panels_of(n_labels: int) -> tuple[Figure, list[Any]]:
    """A figure and one panel a label, both axes of which run from 0 to 1."""
    rows, columns = ceil(n_labels / PANELS_A_ROW), min(PANELS_A_ROW, n_labels)
    figure = Figure(figsize=(max(5.0, 1.0 + 1.8 * columns), max(4.5, 0.8 + 1.8 * rows)), layout="constrained")
    panels = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel())
    for panel in panels[n_labels:]:
        panel.set_axis_off()
    for panel in panels[:n_labels]:
        quiet(panel, grid="both")
        panel.set(xlim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    return figure, panels[:n_labels]


def known_of(
    labels: "pd.DataFrame | pd.Series[Any]", scores: "pd.DataFrame | pd.Series[Any]"
) -> tuple[Floats, Floats]:
    """Labels that are known and their scores, `(n_known,)` each; of frames all columns one after the other."""
    y = np.asarray(labels, dtype=np.float64).ravel()
    p = np.asarray(scores, dtype=np.float64).ravel()
    told = ~np.isnan(y)
    return y[told], p[told]
