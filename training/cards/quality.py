"""How good a model was on later customers, tag by tag: calibration, coverage, what is new, figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.language import Text
from models.arrays import Floats
from models.card import Cell, Column, Panel, Panels, Section, Table
from models.card.calibration_chart import calibration_chart
from models.card.content import Words
from models.card.coverage_chart import coverage_chart
from models.certification import Certification
from models.evaluation import Holdout
from models.metrics import calibration_bins, metrics_by_tag, precision_recall
from training.cards.about import About

PANEL_BINS = 10
TITLES = {"interest": Text("Interest tags"), "churn": Text("Churn risk")}


@dataclass(frozen=True, eq=False)
class Said:
    """What the promoted model said of later customers, and what turned out.

    Attributes:
        holdouts: At each test cutoff, with the scores of the promoted model alone.
        certificates: By tag, what was certified.
    """

    holdouts: tuple[Holdout, ...]
    certificates: Mapping[str, Certification] = field(default_factory=dict)

    @property
    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Labels and probabilities over all cutoffs, one row a customer and cutoff."""
        names = [holdout.name for holdout in self.holdouts]
        scores = [next(iter(holdout.scores.values())) for holdout in self.holdouts]
        return pd.concat([one.labels for one in self.holdouts], keys=names), pd.concat(scores, keys=names)


def calibration_section(
    about: About, model: str, Y: pd.DataFrame, P: pd.DataFrame, by_tag: pd.DataFrame
) -> Section:
    """What was said against what came true, a small chart a tag."""
    panels = []
    for tag in Y.columns:
        y, p = _known(Y[tag], P[tag])
        if len(y):
            told = f"{tag}: {by_tag['ece'][tag]:.3f}"
            chart = calibration_chart(calibration_bins(y, p, PANEL_BINS), told=told)
            panels.append(Panel(_title(about, model, tag), f"{by_tag['ece'][tag]:.3f}", chart))
    legend = Text(
        "Across: the probability that was said. Up: the share that came true, in {n} groups of equally many customers. "
        "On the dashed line a promise is kept. The figure is the expected calibration error.",
        {"n": PANEL_BINS},
    )
    return Section("calibration", Text("Calibration"), [Panels(panels, legend)])


def coverage_section(
    about: About, model: str, Y: pd.DataFrame, P: pd.DataFrame, certificates: Mapping[str, Certification]
) -> Section:
    """What could be applied at which precision, a small chart a tag, with what was certified."""
    panels = []
    for tag in Y.columns:
        y, p = _known(Y[tag], P[tag])
        if not y.sum():
            continue
        precision, coverage = precision_recall(y, p)
        certificate = certificates.get(str(tag))
        point = None
        if (
            certificate is not None
            and certificate.threshold is not None
            and (p >= certificate.threshold).any()
        ):
            applied = y[p >= certificate.threshold]
            point = (float(applied.sum() / y.sum()), float(applied.mean()))
        figure = "" if point is None else f"{point[1]:.0%} · {point[0]:.0%}"
        chart = coverage_chart(
            coverage,
            precision,
            target=certificate.target if certificate else None,
            certified=point,
            told=f"{tag}: {figure}",
        )
        panels.append(Panel(_title(about, model, tag), figure, chart))
    legend = Text(
        "Across: coverage, the share of those for whom it came true that is found. Up: precision, the share of those "
        "found for whom it came true. Dashed: the promised precision; the dot is the certified threshold, with its "
        "precision and coverage."
    )
    return Section("coverage", Text("Precision against coverage"), [Panels(panels, legend)])


def new_section(about: About, said: Said, by_tag: pd.DataFrame) -> list[Section]:
    """The same figures among customers to whom the tag is new; nothing for labels that are no tags."""
    if any(holdout.new is None for holdout in said.holdouts):
        return []
    sliced = Said(tuple(holdout.sliced() for holdout in said.holdouts))
    found = metrics_by_tag(*sliced.frames)
    rows: list[list[Cell]] = [
        [
            about.called(str(tag)),
            f"{int(found['positives'][tag]):,}",
            _share(found["share"][tag]),
            figure(found["ap"][tag]),
            _times(found["ap"][tag], found["share"][tag]),
            figure(by_tag["ap"][tag]),
            f"{found['ece'][tag]:.3f}",
        ]
        for tag in found.sort_values("ap", ascending=False).index
    ]
    columns = [
        Column(Text("tag"), is_figure=False),
        Column(Text("came true")),
        Column(Text("share")),
        Column(Text("average precision")),
        Column(Text("times chance")),
        Column(Text("of all customers")),
        Column(Text("calibration error")),
    ]
    note = Text(
        "The hard and useful part: customers who did not buy of the tag for 84 days. What repeats is easy to foresee, "
        "what is new is not."
    )
    return [Section("new", Text("Not bought in the last 84 days"), [Table(columns, rows)], note)]


def tag_section(
    about: About, model: str, by_tag: pd.DataFrame, certificates: Mapping[str, Certification]
) -> list[Section]:
    """The figures of each tag."""
    columns = [
        Column(Text("tag"), is_figure=False),
        Column(Text("came true")),
        Column(Text("share")),
        Column(Text("average precision")),
        Column(Text("times chance")),
        Column(Text("AUC")),
        Column(Text("calibration error")),
        *([Column(Text("applied from")), Column(Text("precision at least"))] if certificates else []),
    ]
    rows: list[list[Cell]] = [
        [
            _title(about, model, tag),
            f"{int(row['positives']):,}",
            _share(row["share"]),
            figure(row["ap"]),
            _times(row["ap"], row["share"]),
            figure(row["auc"]),
            f"{row['ece']:.3f}",
            *(_certified(certificates.get(str(tag))) if certificates else []),
        ]
        for tag, row in by_tag.sort_values("ap", ascending=False).iterrows()
    ]
    title = Text("Tag by tag") if model == "interest" else Text("In figures")
    return [Section("tags", title, [Table(columns, rows)])]


def _certified(one: Certification | None) -> list[Cell]:
    if one is None or one.threshold is None:
        return [Text("goes to a person"), ""]
    return [f"{one.threshold:.2f}", "" if one.precision_low is None else f"{one.precision_low:.0%}"]


def _known(labels: "pd.Series[float]", scores: "pd.Series[float]") -> tuple[Floats, Floats]:
    y, p = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    told = ~np.isnan(y)
    return y[told], p[told]


def _share(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.1%}"


def _times(value: float, chance: float) -> str:
    return f"{value / chance:.1f}" if chance > 0 and not np.isnan(value) else ""


def _title(about: About, model: str, tag: object) -> Words:
    return about.called(str(tag)) if model == "interest" else TITLES[model]


def figure(value: float) -> str:
    """Three digits, and nothing for what is not known."""
    return "" if np.isnan(value) else f"{value:.3f}"
