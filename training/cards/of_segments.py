"""The card of the segments: what sets each apart, whether they are stable, and what became of those before."""

from collections.abc import Mapping

import numpy as np

from core.language import Text
from models.card import Bullets, Card, Cell, Column, Fact, Facts, Named, Section, Table
from models.card.deviation_chart import deviation_chart
from models.segment_words import RULE, SHORT, said
from models.segments import CustomerSegments
from training.cards.about import About, data_section, refusal_section, reproduce_section
from training.lineage import Lineage

LIMITS = (
    Text("Customers lie along a range: whoever stands near a border belongs to two segments nearly as much."),
    Text(
        "A segment tells how somebody shops, not why. It is no forecast; for that there are tags and churn."
    ),
    Text("Segments are formed of active customers; others are put into the nearest one."),
)


def segments_card(
    about: About, segments: CustomerSegments, lineage: Lineage | None, features: Mapping[str, Named]
) -> Card:
    """The card of fitted segments; `features` names the columns that they were formed by."""
    chosen = next(one for one in segments.candidates_ if one.n_segments == len(segments.names_))
    head = Facts(
        [
            Fact(Text("Segments"), str(len(segments.names_))),
            Fact(Text("Stability"), f"{chosen.stability:.2f}"),
            Fact(Text("Silhouette"), f"{chosen.silhouette:.2f}"),
            Fact(Text("Customers grouped"), f"{int(segments.sizes_.sum()):,}"),
        ],
        are_large=True,
    )
    population = Text("Formed of the customers who were active in the 84 days before the end of the data.")
    sections = [
        data_section(about, population),
        _profiles(segments, features),
        _stability(segments),
        *_identity(segments, lineage),
        Section("limits", Text("Limits"), [Bullets(LIMITS)]),
        *refusal_section(about),
        reproduce_section(about),
    ]
    says = Text("Groups of customers who shop alike, as many as come out again from resampled customers.")
    return Card("segments", about.version.version, Text("Customer segments"), says, head, sections)


def _profiles(segments: CustomerSegments, features: Mapping[str, Named]) -> Section:
    profile, names = segments.profile_, segments.columns_
    columns = [
        Column(Text("segment"), is_figure=False),
        Column(Text("key"), is_figure=False),
        Column(Text("customers")),
        Column(Text("share")),
        Column(Text("found again")),
        *(column for name in names for column in (Column(features.get(name, name)), Column(""))),
    ]
    rows: list[list[Cell]] = []
    for place, name in enumerate(segments.names_):
        row = profile.iloc[place]
        cells: list[Cell] = [
            Named(name.en, name.zh),
            name.key,
            f"{int(row['customers']):,}",
            f"{row['share']:.0%}",
            f"{row['found_again']:.0%}",
        ]
        for column, deviation in zip(names, segments.centres_[place].tolist(), strict=True):
            cells += [_typical(column, float(row[column])), deviation_chart(deviation)]
        rows.append(cells)
    note = Text(
        "The figure is the median of the segment. The bar tells how far its centre lies from the average customer, "
        "blue above and orange below; a full bar is 2.5 standard deviations."
    )
    return Section("profiles", Text("What sets each apart"), [Table(columns, rows)], note)


def _typical(column: str, value: float) -> str:
    if np.isnan(value):
        return ""
    return f"{value:.0%}" if "_share_" in column else f"{value:,.3g}"


def _stability(segments: CustomerSegments) -> Section:
    columns = [
        Column(Text("segments")),
        Column(Text("stability")),
        Column(Text("silhouette")),
        Column(Text("smallest segment")),
        Column(Text("fits"), is_figure=False),
    ]
    rows: list[list[Cell]] = [
        [
            str(one.n_segments),
            f"{one.stability:.2f}",
            f"{one.silhouette:.2f}",
            f"{one.least_share:.0%}",
            Text("yes") if one.fits else Text("no"),
        ]
        for one in segments.candidates_
    ]
    chosen = [one.n_segments for one in segments.candidates_].index(len(segments.names_))
    note = Text(
        "Stability is the mean adjusted Rand index with segments formed anew of resampled customers ({n} times): 1 is "
        "the same again, 0 is chance. A number below {least} is refused; among the others the highest silhouette "
        "decides. A segment's share found again is its mean Jaccard index with the most alike new one.",
        {"n": len(segments.stability_.ari), "least": segments.min_stability},
    )
    return Section(
        "stability", Text("How many, and how stable"), [Table(columns, rows, frozenset({chosen}))], note
    )


def _identity(segments: CustomerSegments, lineage: Lineage | None) -> list[Section]:
    if lineage is None:
        return []
    before = lineage.before
    names = {key: one.names for key, one in before.called.items()} if before else {}
    called = {
        **{key: Named(name.en, name.zh) for key, name in names.items()},
        **{name.key: Named(name.en, name.zh) for name in segments.names_},
    }
    rows: list[list[Cell]] = []
    for step in lineage.steps:
        flows = {flow.key: flow.share for flow in step.flows}
        english, chinese = (
            said(
                step.change,
                step.overlap,
                flows,
                {key: getattr(one, language) for key, one in called.items()},
                language,
            )
            for language in ("en", "zh")
        )
        rows.append([step.key, called[step.key], Text(SHORT[step.change]), Named(english, chinese)])
    columns = [
        Column(Text("key"), is_figure=False),
        Column(Text("segment"), is_figure=False),
        Column(Text("change"), is_figure=False),
        Column(Text("what happened"), is_figure=False),
    ]
    facts = [
        Fact(
            Text("Compared with"),
            Text("version {version}", {"version": before.version})
            if before
            else Text("nothing: the first segments"),
        )
    ]
    return [
        Section("identity", Text("What became of the segments"), [Facts(facts), Table(columns, rows)], RULE)
    ]
