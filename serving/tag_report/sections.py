"""The parts of the page: each a table or charts of one question."""

import math
from collections.abc import Mapping, Sequence

from core.language import Text
from models.card import Bullets, Column, Fact, Facts, Named, Panel, Panels, Section, Table
from models.card.content import Cell
from models.card.interval_chart import Interval, ends_of, interval_chart
from serving.tag_report.charts import bar_chart, course_chart
from tags.report import thresholds
from tags.report.estimate import Estimate
from tags.report.quality import Advice, Basis, TagQuality, Twin
from tags.report.report import Report
from tags.report.thresholds import Threshold

Names = Mapping[str, Named]

OVERLAPS_SHOWN, LEAST_OVERLAP = 20, 0.3
_BASES = {
    Basis.KEPT: Text("profiles as they were"),
    Basis.RECOMPUTED: Text("today's rule, asked of then"),
    Basis.CERTIFICATE: Text("held-back outcomes"),
}
_SOURCES = {
    "person": Text("people"),
    "import": Text("imports"),
    "rule": Text("rules"),
    "trigger": Text("triggers"),
    "model": Text("models"),
}
_THRESHOLDS: tuple[Threshold, ...] = (
    thresholds.TOO_WIDE,
    thresholds.TOO_NARROW,
    thresholds.LEAST_CARRIERS,
    thresholds.NO_INFORMATION,
    thresholds.NO_LIFT,
    thresholds.ALIKE,
    thresholds.UNSTABLE,
    thresholds.UNUSED_DAYS,
)


def advice_section(report: Report, names: Names, words: Mapping[Advice, Text]) -> Section:
    """What to do with each tag, those first that need something done."""
    order = {Advice.RETIRE: 0, Advice.MERGE: 1, Advice.REDEFINE: 2, Advice.KEEP: 3}
    tags = sorted(report.tags, key=lambda one: order[one.recommendation.advice])
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            words[one.recommendation.advice],
            _with_names(one.recommendation.reason, names),
        )
        for one in tags
    ]
    marked = frozenset(
        place for place, one in enumerate(tags) if one.recommendation.advice is not Advice.KEEP
    )
    columns = [_words(Text("Tag")), _words(Text("Advice")), _words(Text("Why"))]
    return Section("advice", Text("What to do"), [Table(columns, rows, marked)])


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
            _times(weight.spend_lift),
            _times(weight.purchase_lift),
            _value(weight.spend),
            _value(weight.purchase),
            _BASES[weight.basis],
        )
        for one, weight in weighed
    ]
    columns = [
        _words(Text("Tag")),
        _figure(Text("Carriers in the past")),
        _figure(Text("Spend later, against all (line: like everybody)")),
        _figure(Text("times, from to")),
        _figure(Text("Buy later, times, from to")),
        _figure(Text("Tells who spends much")),
        _figure(Text("Tells who buys")),
        _words(Text("Known from")),
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
            _BASES[precision.basis],
        )
        for (tag, precision), interval in zip(told, intervals, strict=True)
    ]
    columns = [
        _words(Text("Tag")),
        _figure(Text("Came true (line: target)")),
        _figure(Text("of carriers")),
        _figure(Text("target")),
        _figure(Text("of all customers")),
        _figure(Text("seen")),
        _words(Text("Known from")),
    ]
    blocks = (
        [Table(columns, rows)] if rows else [Bullets([Text("No tag with an outcome has been carried yet")])]
    )
    return Section("precision", Text("How often predicted tags came true"), blocks)


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
        _words(Text("Tag")),
        _figure(Text("Share")),
        _figure(Text("of customers")),
        _figure(Text("customers")),
        *(Column(text) for text in _SOURCES.values()),
    ]
    return Section("carried", Text("Who carries them, and who says so"), [Table(columns, rows)])


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
        _words(Text("Tag")),
        _words(Text("and")),
        _figure(Text("Carry both, of those with either")),
        _figure(Text("share")),
        _figure(Text("customers")),
        _figure(Text("one tells of the other (0 to 1)")),
    ]
    blocks = (
        [Table(columns, rows)] if rows else [Bullets([Text("No two tags share a third of their customers")])]
    )
    return Section("overlap", Text("Tags on the same customers"), blocks)


def use_section(report: Report, names: Names) -> Section:
    """Age of assignments and use."""
    rows: list[Sequence[Cell]] = [
        (
            names[one.figures.tag],
            f"{one.figures.age.median_days:,.0f}" if one.figures.age else "",
            f"{one.figures.age.oldest_days:,.0f}" if one.figures.age else "",
            f"{one.figures.use.total:,}",
            ", ".join(one.figures.use.needed_by),
        )
        for one in report.tags
    ]
    columns = [
        _words(Text("Tag")),
        _figure(Text("Carried for days, half of them at least")),
        _figure(Text("the oldest tenth")),
        _figure(Text("Answers that named it")),
        _words(Text("Rules that read it")),
    ]
    days = max([one.figures.use.counted_days for one in report.tags], default=0)
    note = Text(
        "Answers were counted on {days} days: searches, profiles that were read, changes that were taken.",
        {"days": days},
    )
    return Section("use", Text("Age and use"), [Table(columns, rows)], note)


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
        _words(Text("Category that no tag looks at")),
        _figure(Text("Customers who bought it")),
        _figure(Text("share")),
        _figure(Text("of all sales")),
    ]
    unseen = [one.meaning for one in whole.behaviours if not one.tags]
    blocks: list[Facts | Table | Panels | Bullets] = [Facts(facts)]
    if rows:
        blocks.append(Table(columns, rows))
    if unseen:
        blocks.append(
            Bullets([Text("No tag looks at: {behaviour}", {"behaviour": _both(one)}) for one in unseen])
        )
    return Section("gaps", Text("What no tag covers"), blocks)


def reading_section() -> Section:
    """From where on a figure speaks against a tag."""
    items = [
        Text("{value}: {meaning}", {"value": f"{one.value:g}", "meaning": _both(one.meaning)})
        for one in _THRESHOLDS
    ]
    return Section("limits", Text("Where the limits lie"), [Bullets(items)])


def _with_names(reason: Text, names: Names) -> Text:
    """The reason, with what people call the tags that it names by key."""
    values = dict(reason.values)
    if values.get("other") in names:
        values["other"] = names[str(values["other"])]
    return Text(reason.message, values)


def _count(n: int) -> str:
    return f"{n:,}" if n else ""


def _both(text: Text) -> Named:
    return Named(text.render("en"), text.render("zh"))


def _words(text: Text) -> Column:
    return Column(text, is_figure=False)


def _figure(text: Text) -> Column:
    return Column(text)


def _interval(estimate: Estimate) -> Interval:
    return Interval(estimate.value, estimate.low, estimate.high)


def _logs(estimate: Estimate) -> Interval:
    """On a scale on which twice and half lie equally far from alike."""
    low, value, high = (math.log2(max(part, 0.05)) for part in (estimate.low, estimate.value, estimate.high))
    return Interval(value, low, high)


def _times(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def _value(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def _told(one: TagQuality) -> str:
    return ", ".join(f"{moment.at:%Y-%m-%d} {moment.share:.1%}" for moment in one.figures.stability.moments)
