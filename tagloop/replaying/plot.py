"""The weeks of a replay as one picture: an SVG that stands by itself, in a light and a dark theme."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

from core.language import Language, translate
from tagloop.replaying.weeks import Week

WIDTH, LEFT, RIGHT = 760, 56, 24
TOP, GAP, BOTTOM = 32, 40, 28
TALL, LOW = 168, 72
ROOM = 0.05
MOST_NAMED = 16
"""Weeks whose days all fit below the picture; of more every second one is named."""
SHARE_STEPS = tuple(tenth / 10 for tenth in range(11))

STYLE = """
svg { --ground: #ffffff; --grid: #eaeef2; --ink: #1f2328; --muted: #59636e; --accent: #1f6feb; --warm: #bc4c00;
  --pale: #9ec5fe; font: 12px system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --grid: #21262d; --ink: #e6edf3; --muted: #9198a1;
  --accent: #4493f8; --warm: #db6d28; --pale: #1f4a8a; } }
.ground { fill: var(--ground); } .grid { stroke: var(--grid); } text { fill: var(--muted); }
.title { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--ground); stroke-width: 4px; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; }
.dot { fill: var(--accent); } .promise { stroke: var(--muted); stroke-dasharray: 4 4; }
.audit { stroke: var(--muted); stroke-width: 1.5; }
.audit-dot { fill: var(--ground); stroke: var(--muted); stroke-width: 1.5; }
.bar { fill: var(--pale); } .lost { fill: var(--warm); } .event { stroke: var(--warm); stroke-dasharray: 2 3; }
.said { fill: var(--warm); } .champion { stroke: var(--accent); stroke-dasharray: 2 3; }
.champion-said { fill: var(--accent); }
"""


@dataclass(frozen=True)
class _Panel:
    """One strip: where it lies, and what its axis runs over."""

    top: float
    height: float
    low: float
    high: float
    n: int

    def x(self, place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / self.n

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - share)


def picture(weeks: Sequence[Week], *, broken_at: datetime | None = None, language: Language = "en") -> str:
    """The SVG: precision of what was applied with promise and audit, then coverage, calibration, load and certificates.

    Vertical lines show a planted break, and the first week of each new champion.
    """

    def say(message: str, /, **values: object) -> str:
        return escape(translate(message, language, **values))

    n, top, parts = len(weeks), TOP, []
    shares = [value for week in weeks for value in _shares_of(week)]
    least = max((step for step in SHARE_STEPS if step <= min(shares, default=0.5) - ROOM / 2), default=0.0)
    panel = _Panel(top, TALL, min(least, SHARE_STEPS[-2]), 1.0, n)
    parts += _precision(panel, weeks, say)
    bottom = panel.top + panel.height
    for title, values, form in _strips(weeks, say):
        strip = _Panel(bottom + GAP, LOW, 0.0, _top_of([value for one in values for value in one]), n)
        parts += _bars(strip, values, title, form)
        bottom = strip.top + strip.height
    parts += _marks(weeks, broken_at, panel, bottom, say)
    parts += [
        _text(panel.x(place), bottom + 16, week.began_at.strftime("%m-%d"), "middle")
        for place, week in enumerate(weeks)
        if n <= MOST_NAMED or place % 2 == 0
    ]
    height = bottom + BOTTOM
    told = say("Weeks of a replay: precision of what was applied, coverage, calibration and review load")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'role="img" aria-label="{told}"><style>{STYLE}</style>'
        f'<rect class="ground" width="{WIDTH}" height="{height:.0f}"/>{"".join(parts)}</svg>\n'
    )


Say = Callable[..., str]


def _shares_of(week: Week) -> Iterable[float]:
    known = [week.precision, week.target]
    known += [week.audit.low, week.audit.value] if week.audit else []
    return [value for value in known if value is not None]


def _strips(weeks: Sequence[Week], say: Say) -> list[tuple[str, list[tuple[float, ...]], str]]:
    """Title, a bar's parts a week, and how the axis writes a number."""
    return [
        (
            say("Coverage: share of what came true that was applied"),
            [() if week.coverage is None else (week.coverage,) for week in weeks],
            ".0%",
        ),
        (
            say("Calibration error"),
            [() if week.calibration is None else (week.calibration,) for week in weeks],
            ".1%",
        ),
        (say("Decisions of reviewers"), [(float(week.decided),) for week in weeks], ",.0f"),
        (
            say("Tags that may be applied; above them, those suspended"),
            [(float(week.certified), float(week.suspended)) for week in weeks],
            ".0f",
        ),
    ]


def _precision(panel: _Panel, weeks: Sequence[Week], say: Say) -> list[str]:
    title = "Precision of what was applied: line; promise dashed; audit with its interval; ▾ drift calls for retraining"
    parts = [_title(panel, say(title))]
    parts += _grid(panel, [step for step in SHARE_STEPS if panel.low <= step <= panel.high], ".0%")
    for place, week in enumerate(weeks):
        x = panel.x(place)
        if week.target is not None:
            y = panel.y(week.target)
            parts.append(_line("promise", panel.x(place - 0.5), y, panel.x(place + 0.5), y))
        if week.audit is not None:
            beside = x + 7
            parts.append(_line("audit", beside, panel.y(week.audit.low), beside, panel.y(week.audit.high)))
            parts.append(_dot("audit-dot", beside, panel.y(week.audit.value)))
    told = [
        (panel.x(at), panel.y(week.precision)) for at, week in enumerate(weeks) if week.precision is not None
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in told)
    parts += [
        f'<path class="lost" d="M{panel.x(place) - 5:.1f} {panel.top:.1f} h10 l-5 8 z"/>'
        for place, week in enumerate(weeks)
        if week.calls
    ]
    return [*parts, f'<polyline class="line" points="{points}"/>', *(_dot("dot", x, y) for x, y in told)]


def _bars(panel: _Panel, values: Sequence[Sequence[float]], title: str, form: str) -> list[str]:
    parts = [_title(panel, title), *_grid(panel, [0.0, panel.high], form)]
    width = 0.6 * (panel.x(1) - panel.x(0))
    for place, week in enumerate(values):
        base = 0.0
        for number, value in enumerate(week):
            y, height = panel.y(base + value), panel.y(base) - panel.y(base + value)
            kind = "lost" if number else "bar"
            parts.append(
                f'<rect class="{kind}" x="{panel.x(place) - width / 2:.1f}" y="{y:.1f}" '
                f'width="{width:.1f}" height="{height:.1f}"/>'
            )
            base += value
    return parts


def _marks(
    weeks: Sequence[Week], broken_at: datetime | None, panel: _Panel, bottom: float, say: Say
) -> list[str]:
    """Vertical lines: where the break began, and from where on another champion served."""
    parts: list[str] = []
    if broken_at is not None:
        days = (broken_at - weeks[0].began_at).total_seconds() / 86_400
        x = panel.x(days / 7 - 0.5)
        parts += [
            _line("event", x, panel.top, x, bottom),
            _text(x + 4, panel.top + 10, say("break"), "start", "said"),
        ]
    for place, (before, week) in enumerate(pairwise(weeks)):
        if before.champion != week.champion:
            x = panel.x(place + 0.5)
            parts += [
                _line("champion", x, panel.top, x, bottom),
                _text(x + 4, panel.top + panel.height - 6, escape(week.champion), "start", "champion-said"),
            ]
    return parts


def _top_of(values: Sequence[float]) -> float:
    """A round number that no bar goes beyond."""
    largest = max(values, default=1.0) or 1.0
    size = 10.0 ** len(str(int(largest))) if largest >= 1 else 1.0
    steps = [size * share for share in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)]
    return next(step for step in steps if largest <= step)


def _grid(panel: _Panel, values: Sequence[float], form: str) -> list[str]:
    return [
        _line("grid", LEFT, panel.y(value), WIDTH - RIGHT, panel.y(value))
        + _text(LEFT - 8, panel.y(value) + 4, format(value, form), "end")
        for value in values
    ]


def _title(panel: _Panel, text: str) -> str:
    return _text(LEFT, panel.top - 10, text, "start", "title")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{text}</text>'


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _dot(kind: str, x: float, y: float) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
