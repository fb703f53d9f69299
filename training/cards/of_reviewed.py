"""The card of the tags that only reviewers know."""

import pandas as pd

from core.language import Text
from models.card import Bullets, Card, Cell, Column, Fact, Facts, Section, Table
from training.cards.about import About, data_section, refusal_section, reproduce_section
from training.reviewed import FOLDS, ReviewedResult

LIMITS = (
    Text("It learned from customers whom reviewers were shown, and these were not drawn by chance."),
    Text("It repeats what reviewers say, with their mistakes."),
)


def reviewed_card(about: About, result: ReviewedResult) -> Card:
    """The card of the reviewed tags that had enough decisions."""
    quality = result.quality
    decided = int(quality["customers"].sum()) if len(quality) else 0
    head = Facts(
        [
            Fact(Text("Tags"), str(len(quality))),
            Fact(Text("Decisions learned from"), f"{decided:,}"),
            Fact(Text("Average precision, mean over tags"), f"{quality['ap'].mean():.3f}"),
        ],
        are_large=True,
    )
    population = Text("Learned from reviewers' decisions, each with what was known when it was made.")
    sections = [
        data_section(about, population),
        _by_tag(about, quality),
        Section("limits", Text("Limits"), [Bullets(LIMITS)]),
        *refusal_section(about),
        reproduce_section(about),
    ]
    says = Text("For each customer and tag the probability that a reviewer would confirm it.")
    return Card("reviewed", about.version.version, Text("Reviewed tags"), says, head, sections)


def _by_tag(about: About, quality: pd.DataFrame) -> Section:
    columns = [
        Column(Text("tag"), is_figure=False),
        Column(Text("decisions")),
        Column(Text("accepted")),
        Column(Text("average precision")),
        Column(Text("AUC")),
        Column(Text("calibration error")),
    ]
    rows: list[list[Cell]] = [
        [
            about.called(str(tag)),
            f"{int(row['customers']):,}",
            f"{row['share']:.0%}",
            f"{row['ap']:.3f}",
            f"{row['auc']:.3f}",
            f"{row['ece']:.3f}",
        ]
        for tag, row in quality.sort_values("ap", ascending=False).iterrows()
    ]
    note = Text(
        "From {n} folds of whole customers: each was judged by a model that never saw them.", {"n": FOLDS}
    )
    return Section("tags", Text("Tag by tag"), [Table(columns, rows)], note)
