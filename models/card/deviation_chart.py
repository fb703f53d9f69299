"""How far something lies from the average, as a bar to either side in a table's cell."""

from markupsafe import Markup

WIDTH, HEIGHT, LIMIT = 64, 8, 2.5


def deviation_chart(deviations: float) -> Markup:
    """A bar from the middle, to the right above the average and to the left below; full at `LIMIT` deviations."""
    half = WIDTH / 2
    length = half * min(abs(deviations) / LIMIT, 1.0)
    start, kind = (half, "up") if deviations >= 0 else (half - length, "down")
    # Numbers and our own words alone.
    return Markup(  # noqa: S704
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f'<rect class="{kind}" x="{start:.1f}" width="{length:.1f}" y="1" height="6"/>'
        f'<line class="axis" x1="{half}" x2="{half}" y1="0" y2="{HEIGHT}"/></svg>'
    )
