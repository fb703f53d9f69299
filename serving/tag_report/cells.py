"""How the report's tables write their columns and figures."""

from collections.abc import Mapping

from core.language import Text
from models.card import Column, Named
from tags.report.estimate import Estimate
from tags.report.quality import Basis

Names = Mapping[str, Named]
"""By key what people call each tag."""

BASES: Mapping[Basis, Text] = {
    Basis.KEPT: Text("profiles as they were"),
    Basis.RECOMPUTED: Text("today's rule, asked of then"),
    Basis.CERTIFICATE: Text("held-back outcomes"),
    Basis.AUDIT: Text("reviewers, of a random draw"),
}


def both(text: Text) -> Named:
    """A text where a name is expected."""
    return Named(text.render("en"), text.render("zh"))


def words_column(text: Text) -> Column:
    """A column of words, set to the left."""
    return Column(text, is_figure=False)


def figure_column(text: Text) -> Column:
    """A column of figures, set to the right."""
    return Column(text)


def with_interval(estimate: Estimate | None) -> str:
    """The value with its interval; nothing where there is no estimate."""
    return "" if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"
