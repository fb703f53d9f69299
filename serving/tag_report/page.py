"""The report as one HTML page in both languages: what to do first, then why."""

from collections import Counter
from collections.abc import Mapping

from core.language import Text
from models.card import Card, Fact, Facts, Named, render
from serving.tag_report.sections import (
    advice_section,
    carried_section,
    course_section,
    gaps_section,
    overlap_section,
    precision_section,
    reading_section,
    use_section,
    weight_section,
)
from tags.report.quality import Advice
from tags.report.report import Report
from tags.taxonomy import Taxonomy

ADVICE: Mapping[Advice, Text] = {
    Advice.KEEP: Text("keep"),
    Advice.MERGE: Text("merge"),
    Advice.REDEFINE: Text("redefine"),
    Advice.RETIRE: Text("retire"),
}


def page_of(report: Report, taxonomy: Taxonomy) -> str:
    """The page; the same report gives the same page."""
    names = {tag.key: Named(tag.name.en, tag.name.zh) for tag in taxonomy.tags}
    card = Card(
        name="tags",
        version=report.taxonomy,
        title=Text("Which tags earn their keep"),
        says=_says(report),
        head=_head(report),
        sections=[
            advice_section(report, names, ADVICE),
            weight_section(report, names),
            precision_section(report, names),
            carried_section(report, names),
            course_section(report, names),
            overlap_section(report, names),
            use_section(report, names),
            gaps_section(report),
            reading_section(),
        ],
    )
    return render(card)


def _says(report: Report) -> Text:
    if not report.windows:
        return Text(
            "As of {at}. Too little is known yet to tell what followed upon tags.",
            {"at": f"{report.as_of:%Y-%m-%d %H:%M}"},
        )
    return Text(
        "As of {at}. What followed upon tags is of the {n} periods from {begins} to {ends}.",
        {
            "at": f"{report.as_of:%Y-%m-%d %H:%M}",
            "n": len(report.windows),
            "begins": f"{report.windows[0].as_of:%Y-%m-%d}",
            "ends": f"{report.windows[-1].ends:%Y-%m-%d}",
        },
    )


def _head(report: Report) -> Facts:
    advice = Counter(one.recommendation.advice for one in report.tags)
    whole = report.completeness
    tagged = 1.0 - whole.without_any / whole.customers if whole.customers else 0.0
    return Facts(
        [
            Fact(Text("Customers"), f"{report.customers:,}"),
            Fact(Text("Carry a tag"), f"{tagged:.0%}"),
            Fact(Text("Tags"), f"{len(report.tags)}"),
            *(Fact(Text("To {advice}", {"advice": _named(one)}), f"{advice[one]}") for one in Advice),
        ],
        are_large=True,
    )


def _named(advice: Advice) -> Named:
    text = ADVICE[advice]
    return Named(text.render("en"), text.render("zh"))
