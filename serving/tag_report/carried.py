"""Who carries each tag, and who says so."""

from collections.abc import Sequence

from core.language import Text
from models.card import Column, Section, Table
from models.card.content import Cell
from serving.tag_report.cells import Names, figure_column, words_column
from serving.tag_report.charts import bar_chart
from tags.report.report import Report

_SOURCES = {
    "person": Text("people"),
    "import": Text("imports"),
    "rule": Text("rules"),
    "trigger": Text("triggers"),
    "model": Text("models"),
}


def carried_section(report: Report, names: Names) -> Section:
    """How many carry each tag, and who says so."""
    tags = sorted(report.tags, key=lambda one: -one.figures.coverage.share)
    top = max([one.figures.coverage.share for one in tags], default=1.0)
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            bar_chart(one.figures.coverage.share, top),
            f"{one.figures.coverage.share:.1%}",
            f"{one.figures.coverage.customers:,}",
            *(_count(one.figures.coverage.by_source.get(source, 0)) for source in _SOURCES),
        )
        for one in tags
    ]
    columns = [
        words_column(Text("Tag")),
        figure_column(Text("Share")),
        figure_column(Text("of customers")),
        figure_column(Text("customers")),
        *(Column(text) for text in _SOURCES.values()),
    ]
    return Section("carried", Text("Who carries them, and who says so"), [Table(columns, rows)])


def _count(n: int) -> str:
    return f"{n:,}" if n else ""
