"""Calibration as a small chart: what was said against what came true."""

import pandas as pd
from markupsafe import Markup

from models.card.chart import Scale, nice_top, panel


def calibration_chart(bins: pd.DataFrame, *, told: str) -> Markup:
    """The bins of `models.metrics.calibration_bins` on the diagonal of a kept promise."""
    predicted, observed = bins["predicted"].to_list(), bins["observed"].to_list()
    top = nice_top(max([*predicted, *observed], default=0.0))
    scale = Scale(top, top)
    dots = "".join(
        f'<circle class="dot" cx="{scale.x(x)}" cy="{scale.y(y)}" r="2.5"/>'
        for x, y in zip(predicted, observed, strict=True)
    )
    return panel(
        scale,
        [
            f'<line class="ideal" x1="{scale.x(0)}" y1="{scale.y(0)}" x2="{scale.x(top)}" y2="{scale.y(top)}"/>',
            f'<polyline class="line" points="{scale.points(predicted, observed)}"/>',
            dots,
        ],
        told=told,
    )
