"""Small charts of what monitoring found, in the page's own colours: numbers and class names alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 272, 96
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 8, 16

Values = Sequence[float | None]
_At = Callable[[int], float]
_Place = Callable[[float], float]


@dataclass(frozen=True)
class Line:
    """One figure over the windows: a line, or dots; with the ends of its interval as an area."""

    values: Values
    low: Values = ()
    high: Values = ()
    kind: str = "line"
    is_dots: bool = False


@dataclass(frozen=True)
class Level:
    """A level that a figure is held against, with its class."""

    value: float
    kind: str


def course_chart(
    lines: Sequence[Line],
    *,
    ends: tuple[str, str],
    told: str,
    levels: Sequence[Level] = (),
    span: tuple[float, float] | None = None,
    form: str = ".0%",
) -> Markup:
    """Figures over the windows, the oldest left; `told` is read aloud instead.

    Args:
        lines: Of the same length each; None is a gap.
        ends: What stands below the first and the last window.
        told: What the chart shows, in words.
        levels: Drawn across.
        span: The ends of the scale; by what is drawn where left out.
        form: Of the figures at the ends of the scale.
    """
    bottom, top = span or _span(lines, levels)
    count = max((len(line.values) for line in lines), default=0)

    def x(place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place / (count - 1) if count > 1 else 0.5)

    def y(value: float) -> float:
        share = (value - bottom) / ((top - bottom) or 1.0)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(share, 0.0), 1.0)

    marks = [_grid(y, bottom, top, form), *(_area(line, x, y) for line in lines)]
    marks += [
        f'<line class="{level.kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(level.value):.1f}" '
        f'y2="{y(level.value):.1f}"/>'
        for level in levels
    ]
    marks += [_drawn(line, x, y) for line in lines]
    # Everything here is made of our own numbers and names; what is told and the ends are escaped.
    inside = Markup("".join(marks))  # noqa: S704
    return Markup(
        '<svg class="course" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></svg>'
    ).format(WIDTH, HEIGHT, told, inside, LEFT, HEIGHT - 3, ends[0], WIDTH - RIGHT, HEIGHT - 3, ends[1])


def calibration_chart(sets: Sequence[tuple[str, Sequence[Sequence[float]]]], *, told: str) -> Markup:
    """What was said against what came true, one set of bins for each class, on the diagonal of a kept promise."""
    side, edge = 168, 28
    most = max((max(one[0], one[1]) for _, bins in sets for one in bins), default=1.0)
    top = next((end for end in (0.2, 0.4, 0.6, 0.8) if most <= end), 1.0)

    def at(value: float) -> float:
        return (side - edge - 8) * min(value / top, 1.0)

    marks = [
        f'<line class="ideal" x1="{edge}" y1="{side - 18}" x2="{edge + at(top):.1f}" y2="{side - 18 - at(top):.1f}"/>'
    ]
    for kind, bins in sets:
        points = [(edge + at(one[0]), side - 18 - at(one[1])) for one in bins]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        marks.append(f'<polyline class="line {kind}" points="{joined}"/>')
        marks += [f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points]
    marks.append(
        f'<text x="{edge}" y="{side - 4}">0%</text><text x="{side - 8}" y="{side - 4}" text-anchor="end">'
        f'{top:.0%}</text><text x="{edge - 4}" y="{side - 18 - at(top) + 4:.1f}" text-anchor="end">{top:.0%}</text>'
    )
    inside = Markup("".join(marks))  # noqa: S704 (as above)
    return Markup('<svg class="square" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        side, side, told, inside
    )


def bar_chart(share: float, kind: str = "up") -> Markup:
    """A share from 0 to 1 as a bar in a table's cell."""
    length = 96 * min(max(share, 0.0), 1.0)
    return Markup(  # noqa: S704 (as above)
        '<svg width="96" height="16" viewBox="0 0 96 16" aria-hidden="true"><rect class="area" width="96" y="5" '
        f'height="6"/><rect class="{kind}" width="{length:.1f}" y="5" height="6"/></svg>'
    )


def _span(lines: Sequence[Line], levels: Sequence[Level]) -> tuple[float, float]:
    """From zero to somewhat above what is highest."""
    values = [v for line in lines for part in (line.values, line.high) for v in part if v is not None]
    top = max([*values, *(level.value for level in levels)], default=1.0)
    return 0.0, 1.1 * top if top > 0 else 1.0


def _grid(y: _Place, bottom: float, top: float, form: str) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text x="{LEFT - 4}" y="{y(value) + 3:.1f}" text-anchor="end">{format(value, form)}</text>'
        for value in (bottom, top)
    )


def _area(line: Line, x: _At, y: _Place) -> str:
    known = [
        (place, low, high)
        for place, (low, high) in enumerate(zip(line.low, line.high, strict=True))
        if low is not None and high is not None
    ]
    if not known:
        return ""
    there = [f"{x(place):.1f},{y(high):.1f}" for place, _, high in known]
    back = [f"{x(place):.1f},{y(low):.1f}" for place, low, _ in known[::-1]]
    return f'<polygon class="area" points="{" ".join([*there, *back])}"/>'


def _drawn(line: Line, x: _At, y: _Place) -> str:
    known = [(x(place), y(value)) for place, value in enumerate(line.values) if value is not None]
    dots = "".join(f'<circle class="dot {line.kind}" cx="{a:.1f}" cy="{b:.1f}" r="2.5"/>' for a, b in known)
    if line.is_dots:
        return dots
    runs: list[list[str]] = [[]]
    for place, value in enumerate(line.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{x(place):.1f},{y(value):.1f}")
    drawn = "".join(f'<polyline class="line {line.kind}" points="{" ".join(run)}"/>' for run in runs if run)
    return drawn + (dots if len(known) == 1 else "")
