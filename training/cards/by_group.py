"""How a model behaves by group of customers, as tables with intervals."""

from collections.abc import Sequence

from core.language import Text
from models.card import Cell, Column, Named, Section, Table
from models.card.interval_chart import Interval, ends_of, interval_chart
from training.cards.about import About
from training.cards.groups import FEWEST_CUSTOMERS, GroupFigures, groups_of
from training.cards.quality import Said, figure
from training.contest import Result
from training.data import Rows


def group_section(about: About, result: Result, rows: Rows, said: Said, metric: Text) -> list[Section]:
    """Ranking and calibration by each profile fact that the shop knows; nothing where it knows none."""
    tables = []
    X = rows.at(about.plan.tests).X
    for attribute in about.attributes:
        found = groups_of(attribute, X, said.holdouts, result.contest.metric, about.seed)
        if len(found) > 1:
            name = Named(attribute.name_en or attribute.key, attribute.name_zh or attribute.key)
            tables.append(_group_table(name, found, metric))
    if not tables:
        return []
    note = Text(
        "Ranking and calibration by what is known of customers, with intervals from resampled customers. A ratio above "
        "1 promises more than came true. Groups of fewer than {least} customers are named without figures.",
        {"least": FEWEST_CUSTOMERS},
    )
    return [Section("groups", Text("By group of customers"), tables, note)]


def _group_table(name: Named, found: Sequence[GroupFigures], metric: Text) -> Table:
    metrics = ends_of([one.metric for one in found if one.metric])
    ratios = ends_of([one.ratio for one in found if one.ratio])
    columns = [
        Column(name, is_figure=False),
        Column(Text("customers")),
        Column(metric),
        Column(Text("95% interval")),
        Column(""),
        Column(Text("said")),
        Column(Text("came true")),
        Column(Text("ratio")),
        Column(Text("95% interval")),
        Column(""),
    ]
    rows: list[list[Cell]] = []
    for one in found:
        if one.metric is None:
            rows.append([one.level, Text("under {least}", {"least": FEWEST_CUSTOMERS}), *[""] * 8])
            continue
        rows.append(
            [
                one.level,
                f"{one.customers:,}",
                *_interval(one.metric, metrics),
                f"{one.predicted:.1%}",
                f"{one.observed:.1%}",
                *(_interval(one.ratio, ratios, reference=1.0) if one.ratio else [""] * 3),
            ]
        )
    return Table(columns, rows)


def _interval(one: Interval, ends: tuple[float, float], reference: float | None = None) -> list[Cell]:
    chart = interval_chart(one, ends, reference=reference)
    return [figure(one.middle), f"{figure(one.low)} – {figure(one.high)}", chart]
