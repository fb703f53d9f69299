"""The report as one HTML page in both languages: what to do first, then why."""

from collections import Counter

from core.language import Text
from models.card import Card, Fact, Facts, Named, render
from serving.tag_report.advice import ADVICE, advice_section
from serving.tag_report.audit import audit_section
from serving.tag_report.carried import carried_section
from serving.tag_report.cells import both
from serving.tag_report.course import course_section
from serving.tag_report.gaps import gaps_section
from serving.tag_report.limits import limits_section
from serving.tag_report.overlap import overlap_section
from serving.tag_report.precision import precision_section
from serving.tag_report.use import use_section
from serving.tag_report.weight import weight_section
from tags.report.quality import Advice
from tags.report.report import Report
from tags.taxonomy import Taxonomy


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
            advice_section(report, names),
            weight_section(report, names),
            precision_section(report, names),
            audit_section(report, names),
            carried_section(report, names),
            course_section(report, names),
            overlap_section(report, names),
            use_section(report, names),
            gaps_section(report),
            limits_section(),
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
            *(Fact(Text("To {advice}", {"advice": both(ADVICE[one])}), f"{advice[one]}") for one in Advice),
        ],
        are_large=True,
    )
