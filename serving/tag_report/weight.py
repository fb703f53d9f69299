"""What tags tell about what customers do later."""

import math
from collections.abc import Sequence

from core.language import Text
from models.card import Bullets, Section, Table
from models.card.content import Cell
from models.card.interval_chart import Interval, ends_of, interval_chart
from serving.tag_report.cells import BASES, Names, figure_column, with_interval, words_column
from tags.report.estimate import Estimate
from tags.report.report import Report


def weight_section(report: Report, names: Names) -> Section:
    """What tags tell about later spend and purchases, the most telling first."""
    weighed = [(one, weight) for one in report.tags if (weight := one.figures.weight)]
    weighed.sort(key=lambda pair: -(pair[1].spend.value if pair[1].spend else 0.0))
    ends = ends_of([_logs(weight.spend_lift) for _, weight in weighed if weight.spend_lift])
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            f"{weight.carriers:,}",
            interval_chart(_logs(weight.spend_lift), ends, reference=0.0) if weight.spend_lift else "",
            with_interval(weight.spend_lift),
            with_interval(weight.purchase_lift),
            with_interval(weight.spend),
            with_interval(weight.purchase),
            BASES[weight.basis],
        )
        for one, weight in weighed
    ]
    columns = [
        words_column(Text("Tag")),
        figure_column(Text("Carriers in the past")),
        figure_column(Text("Spend later, against all (line: like everybody)")),
        figure_column(Text("times, from to")),
        figure_column(Text("Buy later, times, from to")),
        figure_column(Text("Tells who spends much")),
        figure_column(Text("Tells who buys")),
        words_column(Text("Known from")),
    ]
    return Section(
        "weight",
        Text("What tags tell about later spend and purchases"),
        [Table(columns, rows)]
        if rows
        else [Bullets([Text("Nothing is known yet of who carried tags before")])],
        Text(
            "What carriers spent in the period that followed, over what all customers spent, with its 95% interval. "
            "How much a tag tells is its information value: under 0.02 nothing, to 0.1 little, to 0.3 some, above that "
            "much."
        ),
    )


def _logs(estimate: Estimate) -> Interval:
    """On a scale on which twice and half lie equally far from alike."""
    low, value, high = (math.log2(max(part, 0.05)) for part in (estimate.low, estimate.value, estimate.high))
    return Interval(value, low, high)
