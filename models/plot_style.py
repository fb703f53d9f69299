"""The look that all figures share: quiet axes, one accent colour, texts in the reader's language."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from cycler import cycler
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager
from matplotlib.text import Text

from core.language import Language
from models.arrays import Floats

ACCENT = "#1f6feb"
MUTED = "#8b949e"
INK = "#24292f"
GRID = "#e6e8eb"
DARK = 0.6  # of a coloured ground, from where on white is read better

_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti SC",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",  # of a file with all of them matplotlib reads the first, which has the same characters
)
_CHINESE_FILES = ("notosanscjk", "notosanssc", "sourcehansans", "wqy-", "msyh", "simhei", "droidsansfallback")


@cache
def chinese_font() -> str | None:
    """The name of an installed font that has Chinese characters, if there is one.

    matplotlib remembers which fonts there were when it first ran; one that came later is looked for.
    """
    if _known_chinese_font() is None:
        for file in findSystemFonts():
            if Path(file).name.lower().startswith(_CHINESE_FILES):
                fontManager.addfont(file)
    return _known_chinese_font()


def _known_chinese_font() -> str | None:
    known = {font.name for font in fontManager.ttflist}
    return next((name for name in _CHINESE_FONTS if name in known), None)


def shown_language(language: Language) -> Language:
    """The language that can be drawn here: English where Chinese is asked for and no font has it."""
    return "en" if language == "zh" and chinese_font() is None else language


def quiet(axes: Any, *, grid: str | None = None) -> None:
    """Takes from axes what says nothing: the box and the tick marks; a pale grid along `x`, `y` or `both`."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=8, colors=INK)
    axes.set_axisbelow(True)
    axes.grid(visible=False)
    if grid is not None:
        axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)


def notebook_style() -> dict[str, Any]:
    """The same look as settings of matplotlib, for figures that a notebook draws itself.

    Characters that the first font lacks, such as those of a Chinese shop's categories, come from the next.
    """
    return {
        "font.family": [name for name in ("DejaVu Sans", chinese_font()) if name is not None],
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.spines.bottom": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[ACCENT, INK, MUTED]),
        "axes.labelsize": 9,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "text.color": INK,
        **{f"{axis}tick.{kind}.size": 0 for axis in "xy" for kind in ("major", "minor")},
        **{f"{axis}tick.labelsize": 8 for axis in "xy"},
        **{f"{axis}tick.color": INK for axis in "xy"},
    }


def heatmap(axes: Any, values: Floats, *, limit: float, form: str, rows: Sequence[str]) -> None:
    """Numbers `(n_rows, n_columns)` on a ground that goes from one colour through white to another.

    Args:
        axes: Where to draw.
        values: What to draw.
        limit: The value, up and down, at which the colour is full.
        form: How a number is written, such as `+.1f`.
        rows: What the rows are called.
    """
    axes.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto")
    for row, numbers in enumerate(values):
        for column, number in enumerate(numbers):
            colour = "white" if abs(number) > 0.7 * limit else INK
            axes.text(column, row, format(number, form), ha="center", va="center", size=8, color=colour)
    axes.set_yticks(range(len(rows)), list(rows))
    quiet(axes)


def share_map(axes: Any, values: Floats, *, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Shares `(n_rows, n_columns)` as percentages on a ground that is the darker the larger; NaN stays empty.

    Args:
        axes: Where to draw.
        values: From 0 to 1.
        rows: What the rows are called.
        columns: What the columns are called.
    """
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, shares in enumerate(values):
        for column, share in enumerate(shares):
            if not np.isnan(share):
                colour = "white" if share > DARK else INK
                axes.text(column, row, f"{share:.0%}", ha="center", va="center", size=8, color=colour)
    axes.set_xticks(range(len(columns)), list(columns))
    axes.set_yticks(range(len(rows)), list(rows))
    quiet(axes)


def finished(figure: Figure, language: Language) -> Figure:
    """The figure with every text in a font that has the language's characters."""
    font = chinese_font()
    if language == "zh" and font is not None:
        for text in figure.findobj(Text):
            text.set_fontfamily([font, "DejaVu Sans"])
    return figure
