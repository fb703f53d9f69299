"""The small charts of the report, in the page's own colours: numbers and our own words alone."""

from collections.abc import Sequence

from markupsafe import Markup

BAR, HEIGHT = 136, 16
LINE_WIDTH, LINE_HEIGHT, EDGE = 168, 56, 6


def bar_chart(share: float, top: float) -> Markup:
    """A share as a bar that is full at `top`."""
    length = BAR * min(max(share / top, 0.0), 1.0) if top else 0.0
    return Markup(  # noqa: S704 (numbers alone)
        f'<svg width="{BAR}" height="{HEIGHT}" viewBox="0 0 {BAR} {HEIGHT}" aria-hidden="true">'
        f'<rect class="area" x="0" width="{BAR}" y="5" height="6"/>'
        f'<rect class="up" x="0" width="{length:.1f}" y="5" height="6"/></svg>'
    )


def course_chart(shares: Sequence[float], *, told: str) -> Markup:
    """Shares one after the other, from zero to somewhat above the largest; the last one is now."""
    top = 1.15 * max([*shares, 1e-9])
    steps = max(len(shares) - 1, 1)
    xs = [EDGE + (LINE_WIDTH - 2 * EDGE) * place / steps for place in range(len(shares))]
    ys = [LINE_HEIGHT - EDGE - (LINE_HEIGHT - 2 * EDGE) * share / top for share in shares]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    dots = "".join(
        f'<circle class="{"dot" if place == len(xs) - 1 else "plain"}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
        for place, (x, y) in enumerate(zip(xs, ys, strict=True))
    )
    ground = LINE_HEIGHT - EDGE
    inside = Markup(  # noqa: S704 (numbers alone)
        f'<line class="axis" x1="0" x2="{LINE_WIDTH}" y1="{ground}" y2="{ground}"/>'
        f'<polyline class="line" points="{points}"/>{dots}'
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        LINE_WIDTH, LINE_HEIGHT, told, inside
    )
