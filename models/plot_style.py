"""The look that all figures share: quiet axes, one accent colour, texts in the reader's language."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from core.language import Language
from models.arrays import Floats

ACCENT = "#1f6feb"
MUTED = "#8b949e"
INK = "#24292f"
GRID = "#e6e8eb"

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
)


def chinese_font() -> str | None:
    """The name of an installed font that has Chinese characters, if there is one."""
    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in _CHINESE_FONTS if name in installed), None)


def shown_language(language: Language) -> Language:
    """The language that can be drawn here: English where Chinese is asked for and no font has it."""
    return "en" if language == "zh" and chinese_font() is None else language


def quiet(axes: Any, *, grid: str | None = None) -> None:
    """Takes from axes what says nothing: the box and the tick marks; a pale grid along `x`, `y` or `both`."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=8, colors=INK)
    axes.set_axisbelow(True)
    if grid is not None:
        axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)


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


def finished(figure: Figure, language: Language) -> Figure:
    """The figure with every text in a font that has the language's characters."""
    font = chinese_font()
    if language == "zh" and font is not None:
        for text in figure.findobj(Text):
            text.set_fontfamily([font, "DejaVu Sans"])
    return figure
