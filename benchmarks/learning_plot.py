"""Draws quality against the number of decisions for the pages: three tags, informative picks beside random ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from benchmarks.learning_curves import Curves
from core.language import Language, Text
from models.plot_style import ACCENT, GRID, INK, MUTED, finished, quiet, shown_language
from tagloop.session import read_settings
from tags.taxonomy import load_taxonomy

QUALITIES = {"auc": Text("AUC"), "ap": Text("Average precision")}
WAYS = {"random": Text("drawn at random"), "informative": Text("picked by score")}
NORMAL_95 = 1.96


@dataclass(frozen=True)
class Theme:
    """The colours of a page's light or dark side."""

    name: str
    ink: str
    grid: str
    ways: dict[str, str]


THEMES = (
    Theme("light", INK, GRID, {"random": MUTED, "informative": ACCENT}),
    Theme("dark", "#e6edf3", "#30363d", {"random": "#8b949e", "informative": "#58a6ff"}),
)


def draw_all(folder: Path) -> list[Path]:
    """The plots in both themes and languages, from the curves of the home."""
    curves = Curves.read(read_settings().home)
    files = []
    for theme in THEMES:
        for language in get_args(Language):
            name = {"en": f"label-efficiency-{theme.name}.svg"}.get(
                language, f"label-efficiency-{theme.name}.{language}.svg"
            )
            files.append(folder / name)
            with rc_context({"svg.hashsalt": "tagloop"}):  # the same curves give the same file
                draw(curves, theme, language).savefig(
                    files[-1], transparent=True, metadata={"Date": None, "Creator": None}
                )
    return files


def draw(curves: Curves, theme: Theme, language: Language) -> Figure:
    """One column a tag, one row a measure; bands are 95% intervals of the mean over repeats."""
    language = shown_language(language)
    names = {tag.key: tag.name.in_language(language) for tag in load_taxonomy().tags}
    figure = Figure(figsize=(9.0, 4.6), layout="constrained")
    panels = figure.subplots(len(QUALITIES), len(curves.tags), sharex=True, squeeze=False)
    for row, (quality, called) in enumerate(QUALITIES.items()):
        for column, tag in enumerate(curves.tags):
            panel = panels[row][column]
            _panel(panel, curves, tag, quality, theme, language)
            if row == 0:
                panel.set_title(names[tag], size=9, loc="left", color=theme.ink)
            if column == 0:
                panel.set_ylabel(called.render(language), size=9, color=theme.ink)
    panels[0][0].legend(frameon=False, fontsize=8, labelcolor=theme.ink, loc="lower right")
    figure.supxlabel(Text("Decisions").render(language), size=9, color=theme.ink)
    return finished(figure, language)


def _panel(panel: Any, curves: Curves, tag: str, quality: str, theme: Theme, language: Language) -> None:
    quiet(panel, grid="both")
    panel.grid(visible=True, color=theme.grid, linewidth=0.8)
    panel.tick_params(colors=theme.ink)
    for way, called in WAYS.items():
        table = curves.table(tag, way, quality)
        sizes, mean = table.columns.to_numpy(), table.mean().to_numpy()
        off = NORMAL_95 * table.std().to_numpy() / np.sqrt(len(table))
        colour = theme.ways[way]
        panel.fill_between(sizes, mean - off, mean + off, color=colour, alpha=0.2, linewidth=0)
        panel.plot(
            sizes, mean, "o-", color=colour, markersize=2.5, linewidth=1.4, label=called.render(language)
        )
