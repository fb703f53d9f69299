"""What reviewers say of suggestions that were drawn at random."""

from collections.abc import Sequence

from core.language import Text
from models.card import Bullets, Section, Table
from models.card.content import Cell
from serving.tag_report.cells import Names, figure_column, words_column
from tags.report.estimate import Estimate
from tags.report.report import Report


def audit_section(report: Report, names: Names) -> Section:
    """How often tags fit by what people say, and how far people and outcomes agree."""
    told = [(one.figures.tag, audit) for one in report.tags if (audit := one.figures.audit)]
    rows: list[Sequence[Cell]] = [
        (
            names[tag],
            _said(audit.applied),
            _said(audit.suggested),
            _said(audit.agrees_with_outcomes),
            f"{audit.n:,}",
        )
        for tag, audit in told
    ]
    columns = [
        words_column(Text("Tag")),
        figure_column(Text("fits where applied")),
        figure_column(Text("fits of all suggested")),
        figure_column(Text("people and outcomes agree")),
        figure_column(Text("decided")),
    ]
    title = Text("What reviewers say of a random draw")
    if not rows:
        nobody = Text("Nobody has decided a suggestion of the random audit yet")
        return Section("audit", title, [Bullets([nobody])])
    how = Text("Each with its 95% interval; a draw counts as many as it stands for")
    return Section("audit", title, [Bullets([how]), Table(columns, rows)])


def _said(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.0%} ({estimate.low:.0%}–{estimate.high:.0%})"
