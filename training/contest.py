"""Candidates fitted on the past, compared on what came later, and one of them chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from core.language import Text
from models.baselines import (
    BoughtInterest,
    CountWithRateInterest,
    PopularityInterest,
    PurchaseCountInterest,
)
from models.behaviour import BEHAVIOURS
from models.boosting import BoostedInterest
from models.churn import BoostedChurn, FrequencyChurn, LogisticChurn, RecencyChurn
from models.evaluation import Choice, Comparison, Holdout, Metric, choose, compare, comparison_table
from models.label_model import LabelModel
from models.logistic import LogisticInterest
from training.counted import Counted
from training.cutoffs import Plan
from training.data import Rows

Step = Callable[[Text], None]  # told what is being done


@dataclass(frozen=True)
class Contest:
    """Who takes part in one model's comparison.

    The default stands unless a candidate beats it by a paired interval; the chosen one must beat each rule in
    the same way, or the best rule that it does not beat is promoted instead. `behaviours` says of tags whose
    outcome is no purchase from their group what tells whether it is new to a customer.
    """

    model: str
    metric: Metric
    default: str
    candidates: tuple[str, ...]
    rules: tuple[str, ...]
    make: Callable[[int], Mapping[str, LabelModel]]
    behaviours: Mapping[str, str] = field(default_factory=dict)


def interest_contest(counted: Counted, *, looked_at: bool = False) -> Contest:
    """The contest of the interest models, each by what the tags' outcomes count.

    With `looked_at` the shop's own data hold views of items, and a model that reads them takes part.
    """
    behaviours = dict(counted.behaviours) or None

    def make(seed: int) -> dict[str, LabelModel]:
        models: dict[str, LabelModel] = {
            "popularity": PopularityInterest(),
            "bought_84d": BoughtInterest(behaviours),
            "purchase_count": PurchaseCountInterest(behaviours),
            "count_with_rate": CountWithRateInterest(behaviours),
            "logistic": LogisticInterest("small", behaviours=behaviours),
            "logistic_history": LogisticInterest("history", behaviours=behaviours),
            "logistic_attention": LogisticInterest("attention", behaviours=behaviours),
            "lightgbm": BoostedInterest(seed=seed),
        }
        return {name: model for name, model in models.items() if name in (default, *candidates, *rules)}

    default = "logistic"
    candidates = ("logistic_history", *(["logistic_attention"] if looked_at else []), "lightgbm")
    rules = ("popularity", "bought_84d", "purchase_count", "count_with_rate")
    return Contest("interest", "macro_ap", default, candidates, rules, make, counted.behaviours)


INTEREST = interest_contest(Counted())

CHURN = Contest(
    model="churn",
    metric="auc",
    default="logistic",
    candidates=("lightgbm",),
    rules=("recency", "frequency"),
    make=lambda seed: {
        "recency": RecencyChurn(),
        "frequency": FrequencyChurn(),
        "logistic": LogisticChurn(),
        "lightgbm": BoostedChurn(seed=seed),
    },
)


@dataclass(frozen=True, eq=False)
class Result:
    """What a contest found: the comparison (and that of the slice), the choice, and all held-back scores."""

    contest: Contest
    holdouts: tuple[Holdout, ...]
    comparison: Comparison
    slice_comparison: Comparison | None
    choice: Choice

    @property
    def table(self) -> pd.DataFrame:
        """One row a candidate; see `models.evaluation.comparison_table`."""
        return comparison_table(self.comparison, self.slice_comparison)


def hold(contest: Contest, rows: Rows, plan: Plan, *, seed: int, step: Step) -> Result:
    """Fit every candidate before each test cutoff, score the customers of that cutoff, compare and choose."""
    holdouts = []
    for cutoff in plan.tests:
        step(Text("{model} at {cutoff}", {"model": contest.model, "cutoff": cutoff.date()}))
        holdouts.append(_holdout(contest, rows, plan, cutoff, seed))
    step(Text("{model}: intervals", {"model": contest.model}))
    comparison = compare(holdouts, default=contest.default, metric=contest.metric, seed=seed)
    slices = [holdout.sliced() for holdout in holdouts] if holdouts[0].new is not None else []
    in_slice = compare(slices, default=contest.default, metric=contest.metric, seed=seed) if slices else None
    choice = choose(comparison, candidates=contest.candidates, gates=contest.rules)
    return Result(contest, tuple(holdouts), comparison, in_slice, choice)


def fit_final(contest: Contest, name: str, rows: Rows, *, seed: int) -> LabelModel:
    """The named candidate fitted on all those rows."""
    return contest.make(seed)[name].fit(rows.X, rows.Y)


def _holdout(contest: Contest, rows: Rows, plan: Plan, cutoff: datetime, seed: int) -> Holdout:
    past, present = rows.at(plan.before(cutoff)), rows.at([cutoff])
    X, Y = (frame.droplevel("as_of") for frame in (present.X, present.Y))
    models = {name: model.fit(past.X, past.Y) for name, model in contest.make(seed).items()}
    scores = {name: model.predict_proba(X) for name, model in models.items()}
    return Holdout(str(cutoff.date()), Y, scores, _not_yet(X, Y, contest.behaviours))


def _not_yet(X: pd.DataFrame, Y: pd.DataFrame, behaviours: Mapping[str, str]) -> pd.DataFrame | None:
    """Where a customer has not done what the tag's outcome counts for 84 days; None for labels that are no tags."""
    columns = [_recent(str(tag), behaviours.get(str(tag))) for tag in Y.columns]
    if not set(columns) <= set(X.columns):
        return None
    return (X[columns] == 0).set_axis(Y.columns, axis=1)


def _recent(tag: str, behaviour: str | None) -> str:
    """The column that counts what the tag's outcome does, over the last 84 days."""
    if behaviour is None:
        return f"purchases_84d__{tag}"
    found = BEHAVIOURS[behaviour]
    return f"{found.count}__{tag}" if found.own else found.count
