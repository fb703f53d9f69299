"""Draws for the pages how often known changes were found, beside Evidently's default preset.

`python -m benchmarks.drifting.plot` writes them into `docs`, from the figures that the home's `bench.json` holds.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from matplotlib import rc_context
from matplotlib.figure import Figure

from benchmarks.report import FILE
from core.language import Language, Text
from models.plot_style import ACCENT, GRID, INK, MUTED, finished, quiet, shown_language
from tagloop.session import read_settings

CHANGES = {
    "unit_cents": Text("dollars to cents"),
    "renamed_category": Text("category renamed"),
    "scaled_feature": Text("one feature times 1.3"),
    "missing_channel": Text("mail missing"),
    "slow_trend": Text("prices up 3% a week"),
    "broken_calibration": Text("a tag's outcomes fail"),
    "unchanged": Text("nothing changed"),
}
OURS, DEFAULT = Text("Tagloop"), Text("Evidently's default preset")


@dataclass(frozen=True)
class Theme:
    """The colours of a page's light or dark side."""

    name: str
    ink: str
    grid: str
    ours: str
    default: str


THEMES = (Theme("light", INK, GRID, ACCENT, MUTED), Theme("dark", "#e6edf3", "#30363d", "#58a6ff", "#8b949e"))


def draw_all(home: Path, folder: Path) -> list[Path]:
    """The plots in both themes and languages, from the figures of the home."""
    kept = json.loads((home / FILE).read_text(encoding="utf-8"))
    values = {one["figure"]: float(one["value"]) for one in kept if one["figure"].startswith("drift.")}
    files = []
    for theme in THEMES:
        for language in get_args(Language):
            ending = "" if language == "en" else f".{language}"
            files.append(folder / f"monitoring-proof-{theme.name}{ending}.svg")
            with rc_context({"svg.hashsalt": "tagloop"}):  # the same figures give the same file
                draw(values, theme, language).savefig(
                    files[-1], transparent=True, metadata={"Date": None, "Creator": None}
                )
    return files


def draw(values: dict[str, float], theme: Theme, language: Language) -> Figure:
    """Two bars a change: the share of windows with an alarm."""
    language = shown_language(language)
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    panel = figure.subplots()
    quiet(panel, grid="x")
    panel.grid(visible=True, axis="x", color=theme.grid, linewidth=0.8)
    panel.tick_params(colors=theme.ink)
    told = [name for name in CHANGES if f"drift.detected_{name}" in values]
    for off, prefix, colour, called in (
        (-0.2, "drift.detected_", theme.ours, OURS),
        (0.2, "drift.default_detected_", theme.default, DEFAULT),
    ):
        shares = [values[prefix + name] for name in told]
        places = [place + off for place in range(len(told))]
        panel.barh(places, shares, 0.36, color=colour, label=called.render(language))
        for place, share in zip(places, shares, strict=True):
            panel.text(share + 0.01, place, f"{share:.0%}", va="center", size=8, color=theme.ink)
    panel.set_yticks(range(len(told)), [CHANGES[name].render(language) for name in told])
    panel.set_xlim(0, 1.08)
    panel.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
    panel.invert_yaxis()
    panel.set_xlabel(Text("weekly windows with an alarm").render(language), size=9, color=theme.ink)
    panel.legend(frameon=False, fontsize=8, labelcolor=theme.ink, loc="lower right")
    return finished(figure, language)


if __name__ == "__main__":
    draw_all(read_settings().home, Path("docs"))
