"""The ground that the small charts are drawn on: a square with a grid, in the page's own colours."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

SIDE = 168
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 18


@dataclass(frozen=True)
class Scale:
    """Where values from 0 to `x_to` and 0 to `y_to` lie on a panel, in its own units."""

    x_to: float = 1.0
    y_to: float = 1.0

    def x(self, value: float) -> str:
        """The horizontal place."""
        return f"{LEFT + (SIDE - LEFT - RIGHT) * min(max(value / self.x_to, 0.0), 1.0):.1f}"

    def y(self, value: float) -> str:
        """The vertical place."""
        return f"{SIDE - BOTTOM - (SIDE - TOP - BOTTOM) * min(max(value / self.y_to, 0.0), 1.0):.1f}"

    def points(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """The points of a line, as SVG writes them."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in zip(xs, ys, strict=True))


def nice_top(value: float) -> float:
    """The end of an axis that reaches a share: the next of 5, 10, 20, 40, 60, 80 or 100%.

    >>> nice_top(0.07), nice_top(0.41), nice_top(0.0)
    (0.1, 0.6, 0.05)
    """
    return next((top for top in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8) if value <= top), 1.0)


def panel(scale: Scale, marks: Iterable[str], *, told: str) -> Markup:
    """A square chart of shares: grid and ends of the axes, then the marks; `told` is read aloud instead of it.

    The marks are SVG made of numbers alone.
    """
    halves = "".join(
        f'<line class="grid" x1="{scale.x(share * scale.x_to)}" x2="{scale.x(share * scale.x_to)}" '
        f'y1="{TOP}" y2="{SIDE - BOTTOM}"/><line class="grid" y1="{scale.y(share * scale.y_to)}" '
        f'y2="{scale.y(share * scale.y_to)}" x1="{LEFT}" x2="{SIDE - RIGHT}"/>'
        for share in (0.0, 0.5, 1.0)
    )
    bottom, left = SIDE - 4, LEFT - 4
    across = "".join(
        f'<text x="{scale.x(share * scale.x_to)}" y="{bottom}" text-anchor="{anchor}">{share * scale.x_to:.0%}</text>'
        for share, anchor in ((0.0, "start"), (1.0, "end"))
    )
    up = "".join(
        f'<text x="{left}" y="{scale.y(share * scale.y_to)}" dy="3" text-anchor="end">{share * scale.y_to:.0%}</text>'
        for share in (0.5, 1.0)
    )
    # Everything here is made of our own numbers; what is told is escaped.
    inside = Markup(halves + across + up + "".join(marks))  # noqa: S704
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        SIDE, SIDE, told, inside
    )
