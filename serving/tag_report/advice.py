"""What to do with each tag, and why."""

from collections.abc import Mapping, Sequence

from core.language import Text
from models.card import Section, Table
from models.card.content import Cell
from serving.tag_report.cells import Names, words_column
from tags.report.quality import Advice
from tags.report.report import Report

ADVICE: Mapping[Advice, Text] = {
    Advice.KEEP: Text("keep"),
    Advice.MERGE: Text("merge"),
    Advice.REDEFINE: Text("redefine"),
    Advice.RETIRE: Text("retire"),
}


def advice_section(report: Report, names: Names) -> Section:
    """What to do with each tag, those first that need something done."""
    order = {Advice.RETIRE: 0, Advice.MERGE: 1, Advice.REDEFINE: 2, Advice.KEEP: 3}
    tags = sorted(report.tags, key=lambda one: order[one.recommendation.advice])
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            ADVICE[one.recommendation.advice],
            _with_names(one.recommendation.reason, names),
        )
        for one in tags
    ]
    marked = frozenset(
        place for place, one in enumerate(tags) if one.recommendation.advice is not Advice.KEEP
    )
    columns = [words_column(Text("Tag")), words_column(Text("Advice")), words_column(Text("Why"))]
    return Section("advice", Text("What to do"), [Table(columns, rows, marked)])


def _with_names(reason: Text, names: Names) -> Text:
    """The reason, with what people call the tags that it names by key."""
    values = dict(reason.values)
    if values.get("other") in names:
        values["other"] = names[str(values["other"])]
    return Text(reason.message, values)
