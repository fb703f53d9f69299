"""The figure of what sets customers at risk apart from all active ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from core.language import Language, translate
from models.plot_style import ACCENT, INK, MUTED, finished, quiet, shown_language

REASONS_DRAWN = 12


@dataclass(frozen=True)
class Setting:
    """One reason: its name, and its mean contribution to the risk in log odds, of those at risk and of all."""

    name: str
    at_risk: float
    active: float


def apart_figure(reasons: Sequence[Setting], *, least: float, language: Language = "en") -> Figure:
    """For each reason how far those at risk lie from all active customers; the first of them on top.

    Args:
        reasons: In the order in which they are drawn; no more than `REASONS_DRAWN` of them are.
        least: The risk from which on customers count as at risk.
        language: Of the texts; the names of the reasons have to be in it.
    """
    language = shown_language(language)
    drawn = list(reasons[:REASONS_DRAWN])
    figure = Figure(figsize=(8.4, 1.7 + 0.36 * len(drawn)), layout="constrained")
    axes = figure.subplots()
    for place, reason in enumerate(drawn):
        axes.plot([reason.active, reason.at_risk], [place, place], color=ACCENT, linewidth=2, alpha=0.4)
    places = range(len(drawn))
    everybody = translate("all active customers", language)
    axes.plot([one.active for one in drawn], places, "o", color=MUTED, markersize=6, label=everybody)
    listed = translate("at risk ({least} or more)", language, least=f"{least:.0%}")
    axes.plot([one.at_risk for one in drawn], places, "o", color=ACCENT, markersize=6, label=listed)
    axes.axvline(0, color=MUTED, linewidth=1, linestyle="--")
    axes.set_yticks(places, [one.name for one in drawn])
    axes.set_ylim(len(drawn) - 0.5, -0.7)
    axes.set_xlabel(translate("Mean contribution to the risk of leaving, in log odds", language), size=9)
    title = translate("What sets customers at risk apart", language)
    axes.set_title(title, size=10, loc="left", color=INK, pad=26)
    axes.legend(
        frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2
    )
    quiet(axes, grid="x")
    return finished(figure, language)
