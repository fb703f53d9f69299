"""The card of a model that won a contest: interest tags or churn."""

from collections.abc import Iterator, Mapping

import pandas as pd

from core.language import Text
from models.card import Bullets, Card, Cell, Column, Fact, Facts, Section, Table
from models.card.interval_chart import Interval, ends_of, interval_chart
from models.certification import Certification
from models.evaluation import Holdout
from models.metrics import metrics_by_tag, metrics_over_all
from training.calibrate import Later
from training.cards.about import About, cutoff_facts, data_section, refusal_section, reproduce_section
from training.cards.by_group import group_section
from training.cards.quality import (
    TITLES,
    Said,
    calibration_section,
    coverage_section,
    new_section,
    tag_section,
)
from training.contest import Result
from training.data import CHURN_ACTIVE_DAYS, INTEREST_ACTIVE_DAYS, Rows

METRICS = {
    "macro_ap": Text("Average precision, mean over tags"),
    "auc": Text("Area under the ROC curve"),
}
SAYS = {
    "interest": Text(
        "For each customer and tag the probability that what the tag states comes true within {days} days."
    ),
    "churn": Text("For each active customer the probability of buying nothing within {days} days."),
}
POPULATIONS = {
    "interest": Text(
        "Asked of customers who did within {days} days before the cutoff what the tags' outcomes count.",
        {"days": INTEREST_ACTIVE_DAYS},
    ),
    "churn": Text(
        "Asked of customers with an order in the {days} days before the cutoff.", {"days": CHURN_ACTIVE_DAYS}
    ),
}
LIMITS = (
    Text("It knows the shop's own customers and their events; of a customer without events it says nothing."),
    Text("It was reported on the months named above: a season that the data never saw may be different."),
    Text("Profile facts such as age or income tell how it behaves by group; a difference is no cause."),
    Text("It is made for offers and service. It must not decide on credit, prices or employment."),
)


def contest_card(
    about: About, result: Result, rows: Rows, later: Later, promised: Mapping[str, Certification]
) -> Card:
    """The card of a contest's promoted model.

    Args:
        about: What it was made from.
        result: What the contest found.
        rows: Of every cutoff.
        later: Its calibrated probabilities at the test cutoffs.
        promised: By tag, what was certified; empty for what is never applied.
    """
    model = result.contest.model
    said = Said(tuple(_calibrated(result, later)), promised)
    Y, P = said.frames
    by_tag = metrics_by_tag(Y, P)
    sections = [
        data_section(about, POPULATIONS[model], [*_sizes(Y), *cutoff_facts(about)]),
        _comparison(result),
        calibration_section(about, model, Y, P, by_tag),
        coverage_section(about, model, Y, P, said.certificates),
        *new_section(about, said, by_tag),
        *tag_section(about, model, by_tag, said.certificates),
        *group_section(about, result, rows, said, METRICS[result.contest.metric]),
        Section("limits", Text("Limits"), [Bullets(LIMITS)]),
        *refusal_section(about),
        reproduce_section(about),
    ]
    says = Text(SAYS[model].message, {"days": about.plan.calendar.horizon_days})
    return Card(
        model, about.version.version, TITLES[model], says, _head(result, Y, P, said.certificates), sections
    )


def _calibrated(result: Result, later: Later) -> Iterator[Holdout]:
    """The test cutoffs with what the promoted model says of them once it is calibrated."""
    cutoffs = later.probabilities.index.get_level_values("as_of")
    for one in result.holdouts:
        scores = later.probabilities[cutoffs == one.name].droplevel("as_of").loc[one.labels.index]
        yield Holdout(one.name, one.labels, {result.choice.promoted: scores}, one.new)


def _head(
    result: Result, Y: pd.DataFrame, P: pd.DataFrame, certificates: Mapping[str, Certification]
) -> Facts:
    row = result.table.loc[result.choice.promoted]
    facts = [
        Fact(Text("Model"), result.choice.promoted),
        Fact(METRICS[result.contest.metric], f"{row['mean']:.3f}"),
        Fact(Text("Calibration error"), f"{metrics_over_all(Y, P)['ece']:.4f}"),
    ]
    if "slice_mean" in row:
        facts.insert(2, Fact(Text("Where not bought for 84 days"), f"{row['slice_mean']:.3f}"))
    if certificates:
        certified = sum(one.threshold is not None for one in certificates.values())
        facts.append(
            Fact(Text("Tags certified"), Text("{n} of {all}", {"n": certified, "all": len(certificates)}))
        )
    return Facts(facts, are_large=True)


def _sizes(Y: pd.DataFrame) -> list[Fact]:
    customers = Y.index.get_level_values(-1).nunique()
    return [
        Fact(Text("Customers reported on"), f"{customers:,}"),
        Fact(Text("Predictions reported on"), f"{int(Y.notna().to_numpy().sum()):,}"),
    ]


def _comparison(result: Result) -> Section:
    table = result.table
    metric, default, promoted = (
        METRICS[result.contest.metric],
        result.comparison.default,
        result.choice.promoted,
    )
    own = {name: Interval(row["mean"], row["low"], row["high"]) for name, row in table.iterrows()}
    paired = {
        name: Interval(row["difference"], row["difference_low"], row["difference_high"])
        for name, row in table.iterrows()
    }
    in_slice = dict(table["slice_mean"].items()) if "slice_mean" in table else {}
    columns = [
        Column(Text("model"), is_figure=False),
        Column(metric),
        Column(Text("95% interval")),
        Column(""),
        Column(Text("against {model}", {"model": default})),
        Column(Text("95% interval, paired")),
        Column(""),
        *([Column(Text("not bought 84d"))] if in_slice else []),
    ]
    names = sorted(own, key=lambda name: -own[name].middle)
    rows: list[list[Cell]] = [
        [
            str(name),
            f"{own[name].middle:.3f}",
            f"{own[name].low:.3f} – {own[name].high:.3f}",
            interval_chart(
                own[name],
                ends_of(list(own.values())),
                reference=own[default].middle,
                is_other=name != promoted,
            ),
            *_difference(
                paired[name], ends_of(list(paired.values())), is_other=name != promoted, own=name == default
            ),
            *([f"{in_slice[name]:.3f}"] if in_slice else []),
        ]
        for name in names
    ]
    note = Text(
        "On cutoffs that took no part in the choice. Intervals are from resampled customers; those of differences are "
        "paired. The rules only count; a model that does not beat each of them is not promoted."
    )
    marked = frozenset({names.index(promoted)})
    return Section("comparison", Text("Beside simpler models"), [Table(columns, rows, marked)], note)


def _difference(paired: Interval, ends: tuple[float, float], *, is_other: bool, own: bool) -> list[Cell]:
    if own:
        return ["", "", ""]
    return [
        f"{paired.middle:+.3f}",
        f"{paired.low:+.3f} – {paired.high:+.3f}",
        interval_chart(paired, ends, reference=0.0, is_other=is_other),
    ]
