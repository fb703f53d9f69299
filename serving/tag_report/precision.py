"""How often predicted tags came true."""

from collections.abc import Sequence

from core.language import Text
from models.card import Bullets, Section, Table
from models.card.content import Cell
from models.card.interval_chart import Interval, ends_of, interval_chart
from serving.tag_report.cells import BASES, Names, figure_column, words_column
from tags.report.estimate import Estimate
from tags.report.report import Report


def precision_section(report: Report, names: Names) -> Section:
    """How often predicted tags came true."""
    told = [(one.figures.tag, precision) for one in report.tags if (precision := one.figures.precision)]
    told.sort(key=lambda pair: -pair[1].estimate.value)
    intervals = [_interval(precision.estimate) for _, precision in told]
    ends = ends_of(intervals)
    rows: list[Sequence[Cell]] = [
        (
            names[tag],
            interval_chart(interval, ends, reference=precision.target),
            f"{precision.estimate.value:.0%}",
            f"{precision.target:.0%}",
            "" if precision.base_rate is None else f"{precision.base_rate:.0%}",
            f"{precision.n:,}",
            BASES[precision.basis],
        )
        for (tag, precision), interval in zip(told, intervals, strict=True)
    ]
    columns = [
        words_column(Text("Tag")),
        figure_column(Text("Came true (line: target)")),
        figure_column(Text("of carriers")),
        figure_column(Text("target")),
        figure_column(Text("of all customers")),
        figure_column(Text("seen")),
        words_column(Text("Known from")),
    ]
    blocks = (
        [Table(columns, rows)] if rows else [Bullets([Text("No tag with an outcome has been carried yet")])]
    )
    return Section("precision", Text("How often predicted tags came true"), blocks)


def _interval(estimate: Estimate) -> Interval:
    return Interval(estimate.value, estimate.low, estimate.high)
