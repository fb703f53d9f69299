"""An estimate with its interval as a line in a table's cell, on one scale for the whole column."""

from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 136, 16, 4


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its interval."""

    middle: float
    low: float
    high: float


def interval_chart(
    interval: Interval, ends: tuple[float, float], *, reference: float | None = None, is_other: bool = False
) -> Markup:
    """The interval on a scale from end to end; a thin line at the reference.

    Args:
        interval: What to draw.
        ends: Of the scale.
        reference: What to compare with, such as 0 for a difference.
        is_other: Whether it is drawn in the background's colour.
    """
    width = max(ends[1] - ends[0], 1e-12)

    def at(value: float) -> str:
        return f"{EDGE + (WIDTH - 2 * EDGE) * min(max((value - ends[0]) / width, 0.0), 1.0):.1f}"

    kind, dot = ("span other", "plain") if is_other else ("span", "dot")
    line = (
        ""
        if reference is None
        else f'<line class="ideal" x1="{at(reference)}" x2="{at(reference)}" y1="0" y2="16"/>'
    )
    # Numbers and our own words alone.
    return Markup(  # noqa: S704
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{line}'
        f'<line class="{kind}" x1="{at(interval.low)}" x2="{at(interval.high)}" y1="8" y2="8"/>'
        f'<circle class="{dot}" cx="{at(interval.middle)}" cy="8" r="3.5"/></svg>'
    )


def ends_of(intervals: list[Interval]) -> tuple[float, float]:
    """A scale that holds all of them.

    >>> ends_of([Interval(0.5, 0.4, 0.6), Interval(0.3, 0.2, 0.4)])
    (0.2, 0.6)
    """
    lows, highs = [one.low for one in intervals], [one.high for one in intervals]
    return min(lows, default=0.0), max(highs, default=1.0)
