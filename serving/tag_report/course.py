"""How the share of a tag's carriers moved."""

from core.language import Text
from models.card import Bullets, Panel, Panels, Section
from serving.tag_report.cells import Names
from serving.tag_report.charts import course_chart
from tags.report.quality import TagQuality
from tags.report.report import Report


def course_section(report: Report, names: Names) -> Section:
    """How the share of carriers moved."""
    told = [one for one in report.tags if len(one.figures.stability.moments) > 1]
    panels = [
        Panel(
            names[one.figures.tag],
            f"×{one.figures.stability.moved:.2f}" if one.figures.stability.moved else "",
            course_chart([moment.share for moment in one.figures.stability.moments], told=_told(one)),
        )
        for one in told
    ]
    legend = Text(
        "The share of customers who carry the tag, at the beginning of each period and now (the coloured point). "
        "Beside the name: the largest change from one to the next."
    )
    blocks = (
        [Panels(panels, legend)]
        if panels
        else [Bullets([Text("Nothing is known yet of who carried tags before")])]
    )
    return Section("course", Text("How steady they are"), blocks)


def _told(one: TagQuality) -> str:
    return ", ".join(f"{moment.at:%Y-%m-%d} {moment.share:.1%}" for moment in one.figures.stability.moments)
