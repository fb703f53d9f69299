"""What no tag covers: customers, categories, behaviours."""

from collections.abc import Sequence

from core.language import Text
from models.card import Bullets, Fact, Facts, Panels, Section, Table
from models.card.content import Cell
from serving.tag_report.cells import both, figure_column, words_column
from serving.tag_report.charts import bar_chart
from tags.report.report import Report


def gaps_section(report: Report) -> Section:
    """What the tags leave out."""
    whole = report.completeness
    share = whole.without_any / whole.customers if whole.customers else 0.0
    facts = [
        Fact(Text("Customers without any tag"), f"{whole.without_any:,} ({share:.0%})"),
        *(
            Fact(Text("with a tag of kind {kind}", {"kind": kind}), f"{of_kind:.0%}")
            for kind, of_kind in whole.by_kind.items()
        ),
    ]
    top = max([one.customers for one in whole.categories], default=1.0)
    rows: list[Sequence[Cell]] = [
        ("/".join(one.labels), bar_chart(one.customers, top), f"{one.customers:.0%}", f"{one.sales:.1%}")
        for one in whole.categories
    ]
    columns = [
        words_column(Text("Category that no tag looks at")),
        figure_column(Text("Customers who bought it")),
        figure_column(Text("share")),
        figure_column(Text("of all sales")),
    ]
    unseen = [one.meaning for one in whole.behaviours if not one.tags]
    blocks: list[Facts | Table | Panels | Bullets] = [Facts(facts)]
    if rows:
        blocks.append(Table(columns, rows))
    if unseen:
        blocks.append(
            Bullets([Text("No tag looks at: {behaviour}", {"behaviour": both(one)}) for one in unseen])
        )
    return Section("gaps", Text("What no tag covers"), blocks)
