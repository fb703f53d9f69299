"""Tags on the same customers."""

from collections.abc import Sequence

from core.language import Text
from models.card import Bullets, Section, Table
from models.card.content import Cell
from serving.tag_report.cells import Names, figure_column, words_column
from serving.tag_report.charts import bar_chart
from tags.report.quality import Twin
from tags.report.report import Report

OVERLAPS_SHOWN, LEAST_OVERLAP = 20, 0.3


def overlap_section(report: Report, names: Names) -> Section:
    """Tags on the same customers."""
    pairs: dict[frozenset[str], tuple[str, Twin]] = {}
    for one in report.tags:
        for twin in one.figures.twins:
            pairs.setdefault(frozenset({one.figures.tag, twin.tag}), (one.figures.tag, twin))
    shown = sorted(pairs.values(), key=lambda pair: -pair[1].jaccard)
    shown = [pair for pair in shown if pair[1].jaccard >= LEAST_OVERLAP][:OVERLAPS_SHOWN]
    rows: list[Sequence[Cell]] = [
        (
            names[tag],
            names[twin.tag],
            bar_chart(twin.jaccard, 1.0),
            f"{twin.jaccard:.0%}",
            f"{twin.both:,}",
            f"{twin.mutual_information:.2f}",
        )
        for tag, twin in shown
    ]
    columns = [
        words_column(Text("Tag")),
        words_column(Text("and")),
        figure_column(Text("Carry both, of those with either")),
        figure_column(Text("share")),
        figure_column(Text("customers")),
        figure_column(Text("one tells of the other (0 to 1)")),
    ]
    blocks = (
        [Table(columns, rows)] if rows else [Bullets([Text("No two tags share a third of their customers")])]
    )
    return Section("overlap", Text("Tags on the same customers"), blocks)
