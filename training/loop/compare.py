"""Champion and challenger compared by paired intervals, over all labels and for each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from models.evaluation import Holdout, Metric, compare
from training.loop.side_by_side import CHALLENGER, CHAMPION

LEAST_POSITIVES = 20
"""With fewer outcomes a tag's own figures say nothing, and it vetoes nothing."""


@dataclass(frozen=True)
class Figures:
    """A figure of merit of both, and by how much the challenger is ahead: estimate, and a 95% interval (paired)."""

    champion: float
    challenger: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class TagFigures:
    """One tag's average precision, and how many outcomes it rests on."""

    tag: str
    positives: int
    figures: Figures

    @property
    def tells(self) -> bool:
        """Whether there are enough outcomes to say anything."""
        return self.positives >= LEAST_POSITIVES

    def is_worse(self, loss: float) -> bool:
        """Whether the challenger is worse for certain, and by more than that."""
        return self.tells and self.figures.high < 0 and self.figures.difference < -loss


@dataclass(frozen=True)
class PartComparison:
    """One model's comparison.

    Attributes:
        part: Which model.
        metric: `macro_ap`, `auc`, or `audit_ap` for tags that only people know.
        cutoffs: At which it was held, as dates; for an audit its days.
        customers: How many different ones.
        figures: Over all labels.
        tags: Of each label; empty where there is but one.
    """

    part: str
    metric: str
    cutoffs: tuple[str, ...]
    customers: int
    figures: Figures
    tags: tuple[TagFigures, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        tags = [{"tag": one.tag, "positives": one.positives, **asdict(one.figures)} for one in self.tags]
        return {
            "part": self.part,
            "metric": self.metric,
            "cutoffs": list(self.cutoffs),
            "customers": self.customers,
            **asdict(self.figures),
            "tags": tags,
        }


def compare_part(
    part: str, holdouts: Sequence[Holdout], metric: Metric, *, seed: int
) -> PartComparison | None:
    """Both models of a part side by side; None where nothing turned out that tells them apart."""
    figures = _figures(holdouts, metric, seed)
    if not np.isfinite(figures.difference):
        return None
    labels = list(dict.fromkeys(str(tag) for one in holdouts for tag in one.labels.columns))
    tags = tuple(_tag(tag, holdouts, metric, seed) for tag in labels) if len(labels) > 1 else ()
    customers = {str(name) for one in holdouts for name in one.labels.index}
    return PartComparison(
        part,
        metric,
        tuple(one.name for one in holdouts),
        len(customers),
        figures,
        tuple(one for one in tags if np.isfinite(one.figures.difference)),
    )


def _tag(tag: str, holdouts: Sequence[Holdout], metric: Metric, seed: int) -> TagFigures:
    own = [_only(one, tag) for one in holdouts if tag in one.labels]
    positives = sum(int((one.labels[tag] == 1).sum()) for one in own)
    return TagFigures(tag, positives, _figures(own, metric, seed))


def _only(holdout: Holdout, tag: str) -> Holdout:
    scores = {name: frame[[tag]] for name, frame in holdout.scores.items()}
    return replace(holdout, labels=holdout.labels[[tag]], scores=scores)


def _figures(holdouts: Sequence[Holdout], metric: Metric, seed: int) -> Figures:
    found = compare(holdouts, default=CHAMPION, metric=metric, seed=seed)
    means = found.table["mean"]
    return Figures(float(means[CHAMPION]), float(means[CHALLENGER]), *found.difference(CHALLENGER, CHAMPION))
