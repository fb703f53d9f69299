"""What a check found as one HTML page that needs nothing from outside: our own part, and Evidently's report inside."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.language import Text
from models.card import Card, Fact, Facts, Named, Panel, Panels, Section, Table, render
from models.card.content import Bullets, Column
from monitoring.charts import bar_chart
from monitoring.check import Checked
from monitoring.names import ACT, STATUS, name_of
from monitoring.pictures import Picture, by_tag, calibration, overview
from monitoring.statistics.evidently_report import report_html
from monitoring.summary import by_check
from tags.taxonomy import Taxonomy

FEATURES_SHOWN = 20
FRAME_HEIGHT = 1200


def page_of(checked: Checked, found: Mapping[str, Any], taxonomy: Taxonomy) -> str:
    """The page of the latest window, with the course of those before it; `found` is `monitoring.summary`."""
    names = {tag.key: Named(tag.name.en, tag.name.zh) for tag in taxonomy.tags}
    sections = [
        _incidents(checked),
        _panels("course", Text("Over the windows"), overview(found)),
        _tags(found, names),
        _features(checked),
        _checks(checked),
        _evidently_section(),
    ]
    card = Card(
        name="drift",
        version=f"{checked.kept.ended_at:%Y-%m-%d}",
        title=Text("Is the world still the one the models learned from?"),
        says=checked.verdict.because,
        head=_head(checked),
        sections=[section for section in sections if section is not None],
    )
    report = report_html(checked.reference, checked.window, checked.findings)
    return _with_frame(render(card), report)


def _head(checked: Checked) -> Facts:
    kept = checked.kept
    alarms = [one for one in checked.findings if one.alarm and one.subject]
    return Facts(
        [
            Fact(Text("Status"), ACT if checked.verdict.act else STATUS[kept.status]),
            Fact(Text("Alarms"), f"{len(alarms)}"),
            Fact(Text("Customers"), f"{kept.customers:,}"),
            Fact(Text("Window"), f"{kept.began_at:%m-%d} – {kept.ended_at:%m-%d}"),
        ],
        are_large=True,
    )


def _incidents(checked: Checked) -> Section | None:
    alarms = sorted(
        (one for one in checked.findings if one.alarm and one.subject), key=lambda one: one.alarm or ""
    )
    if not alarms:
        return None
    return Section("alarms", Text("What is wrong"), [Bullets([one.words for one in alarms[:30]])])


def _panels(key: str, title: Text, pictures: Sequence[Picture]) -> Section | None:
    if not pictures:
        return None
    panels = [Panel(one.title, one.figure, one.chart) for one in pictures]
    return Section(
        key,
        title,
        [Panels(panels, Text("Oldest window left, latest right; dashed: from where on it alarms"))],
    )


def _tags(found: Mapping[str, Any], names: Mapping[str, Named]) -> Section | None:
    pictures = by_tag(found, names)
    known = calibration(found)
    if not pictures:
        return None
    panels = [Panel(one.title, one.figure, one.chart) for one in (*pictures, *([known] if known else []))]
    legend = Text("Line and area: estimated before outcomes are known; dots: realised; dashed: promised")
    return Section("precision", Text("Precision where tags are applied"), [Panels(panels, legend)])


def _features(checked: Checked) -> Section | None:
    moved = [one for one in checked.findings if one.check == "feature_drift" and one.subject]
    if not moved:
        return None
    weights = checked.reference.importance
    most = float(weights.max()) or 1.0
    moved.sort(key=lambda one: (one.alarm is None, -float(weights.get(one.subject, 0.0))))
    columns = [
        Column(Text("Feature"), is_figure=False),
        Column(Text("Importance")),
        Column(Text("Moved by")),
        Column(Text("What it says"), is_figure=False),
    ]
    rows = [
        (
            one.subject,
            bar_chart(float(weights.get(one.subject, 0.0)) / most),
            f"{one.value:.3f}",
            one.words,
        )
        for one in moved[:FEATURES_SHOWN]
    ]
    marked = frozenset(place for place, one in enumerate(moved[:FEATURES_SHOWN]) if one.alarm)
    return Section("features", Text("Features by importance"), [Table(columns, rows, marked)])


def _checks(checked: Checked) -> Section:
    columns = [
        Column(Text("Check"), is_figure=False),
        Column(Text("Status"), is_figure=False),
        Column(Text("Alarms")),
        Column(Text("What it says"), is_figure=False),
    ]
    found = by_check(checked.findings)
    rows = []
    for one in found:
        told = one["whole"] or (one["findings"][0] if one["findings"] else None)
        words = Named(told["words"]["en"], told["words"]["zh"]) if told else ""
        rows.append((name_of(one["check"]), STATUS[one["status"]], str(one["alarms"] or ""), words))
    marked = frozenset(place for place, one in enumerate(found) if one["status"] != "ok")
    return Section("checks", Text("All checks"), [Table(columns, rows, marked)])


def _evidently_section() -> Section:
    return Section(
        "evidently",
        Text("Evidently's report"),
        [],
        note=Text("Column by column, by the tests and levels that are set here on purpose"),
    )


def _with_frame(page: str, report: str) -> str:
    """The page with Evidently's report in a frame of its own below: neither's styles touch the other's."""
    frame = (
        f'<iframe title="Evidently" srcdoc="{escape(report)}" '
        f'style="width:100%;height:{FRAME_HEIGHT}px;border:0" loading="lazy"></iframe>'
    )
    head, end, tail = page.rpartition("</body>")
    return f"{head}{frame}{end}{tail}"
