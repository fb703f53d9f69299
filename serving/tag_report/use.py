"""For how long tags have been carried, and who asks for them."""

from collections.abc import Sequence

from core.language import Text
from models.card import Section, Table
from models.card.content import Cell
from serving.tag_report.cells import Names, figure_column, words_column
from tags.report.report import Report


def use_section(report: Report, names: Names) -> Section:
    """Age of assignments and use."""
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            f"{one.figures.age.median_days:,.0f}" if one.figures.age else "",
            f"{one.figures.age.oldest_days:,.0f}" if one.figures.age else "",
            f"{one.figures.use.total:,}",
            ", ".join(one.figures.use.needed_by),
        )
        for one in report.tags
    ]
    columns = [
        words_column(Text("Tag")),
        figure_column(Text("Carried for days, half of them at least")),
        figure_column(Text("the oldest tenth")),
        figure_column(Text("Answers that named it")),
        words_column(Text("Rules that read it")),
    ]
    days = max([one.figures.use.counted_days for one in report.tags], default=0)
    note = Text(
        "Answers were counted on {days} days: searches, profiles that were read, changes that were taken.",
        {"days": days},
    )
    return Section("use", Text("Age and use"), [Table(columns, rows)], note)
