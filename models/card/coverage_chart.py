"""Precision against coverage as a small chart: what could be applied at which precision."""

from collections.abc import Sequence

from markupsafe import Markup

from models.arrays import Floats
from models.card.chart import Scale, panel

MOST_POINTS = 60


def coverage_chart(
    coverage: Floats,
    precision: Floats,
    *,
    target: float | None,
    certified: tuple[float, float] | None,
    told: str,
) -> Markup:
    """Precision over coverage (share of the positives found), the target dashed.

    Args:
        coverage: Ascending, `(n_scores,)`.
        precision: At each, `(n_scores,)`.
        target: What is promised where the tag is applied; None where nothing is.
        certified: Coverage and precision at the certified threshold; None without one.
        told: Read aloud instead of it.
    """
    scale = Scale()
    places = _some(len(coverage))
    marks = [
        f'<polyline class="line" points="{scale.points(coverage[places].tolist(), precision[places].tolist())}"/>'
    ]
    if target is not None:
        y = scale.y(target)
        marks.append(f'<line class="target" x1="{scale.x(0)}" x2="{scale.x(1)}" y1="{y}" y2="{y}"/>')
    if certified is not None:
        marks.append(
            f'<circle class="certified" cx="{scale.x(certified[0])}" cy="{scale.y(certified[1])}" r="4.5"/>'
        )
    return panel(scale, marks, told=told)


def _some(n: int) -> Sequence[int]:
    """The places to draw: all, or so many spread evenly, the last among them."""
    if n <= MOST_POINTS:
        return range(n)
    return sorted({round(place * (n - 1) / (MOST_POINTS - 1)) for place in range(MOST_POINTS)})
