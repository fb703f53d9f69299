"""Candidates compared on development cutoffs and one of them chosen; the choice reported on later ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.language import Text
from models.evaluation import Choice, Comparison, Holdout, choose, compare, comparison_table, vetoed
from models.label_model import LabelModel
from training.candidates import Contest
from training.cutoffs import Plan
from training.data import Rows
from training.forward import forward_scores
from training.steps import Step


@dataclass(frozen=True, eq=False)
class Result:
    """What a contest found.

    Attributes:
        contest: Who took part.
        choice: Which kind is to be promoted, and what decided.
        developed: The default and the candidates at the development cutoffs, where the choice fell; empty where the
            data is too short, so that the default stands.
        development: The comparison of these; None where there are none.
        holdouts: The rules, the default and the chosen kind at the test cutoffs, which chose nothing but whether a
            rule is a veto.
        comparison: The comparison of these.
        slice_comparison: The same among labels that are new to a customer; None for labels that are no tags.
    """

    contest: Contest
    choice: Choice
    developed: tuple[Holdout, ...]
    development: Comparison | None
    holdouts: tuple[Holdout, ...]
    comparison: Comparison
    slice_comparison: Comparison | None

    @property
    def table(self) -> pd.DataFrame:
        """What is reported: one row a kind at the test cutoffs; see `models.evaluation.comparison_table`."""
        return comparison_table(self.comparison, self.slice_comparison)

    @property
    def forward(self) -> tuple[Holdout, ...]:
        """All that was fitted and scored, oldest first, for `forward_scores` to use again."""
        return (*self.developed, *self.holdouts)


def hold(contest: Contest, rows: Rows, plan: Plan, *, seed: int, step: Step) -> Result:
    """Choose among the candidates on the development cutoffs, then compare the chosen kind on the test cutoffs.

    At each cutoff the models are fitted on cutoffs whose outcomes were known by then. A test cutoff's outcomes were
    not known to anything that the choice rests on.
    """
    developed, development = _develop(contest, rows, plan, seed, step)
    found = choose(development, candidates=contest.candidates) if development else Choice(contest.default)
    kinds = (*contest.rules, contest.default, found.model)
    holdouts = forward_scores(contest, kinds, rows, plan, plan.tests, seed=seed, step=step)
    step(Text("{model}: intervals", {"model": contest.model}))
    comparison = _compare(contest, holdouts, seed)
    slices = [holdout.sliced() for holdout in holdouts] if holdouts[0].new is not None else []
    return Result(
        contest,
        vetoed(found, comparison, contest.rules),
        developed,
        development,
        holdouts,
        comparison,
        _compare(contest, slices, seed) if slices else None,
    )


def fit_final(contest: Contest, name: str, rows: Rows, *, seed: int) -> LabelModel:
    """The named kind fitted on all those rows."""
    return contest.make(seed)[name].fit(rows.X, rows.Y)


def _develop(
    contest: Contest, rows: Rows, plan: Plan, seed: int, step: Step
) -> tuple[tuple[Holdout, ...], Comparison | None]:
    """The candidates at the development cutoffs; nothing where there are none, or nobody to learn from or to ask."""
    cutoffs = [
        cutoff
        for cutoff in plan.development
        if not rows.labels_at([cutoff]).empty and not rows.labels_at(plan.before(cutoff)).empty
    ]
    if not contest.candidates or not cutoffs:
        return (), None
    kinds = (contest.default, *contest.candidates)
    developed = forward_scores(contest, kinds, rows, plan, cutoffs, seed=seed, step=step)
    return developed, _compare(contest, developed, seed)


def _compare(contest: Contest, holdouts: Sequence[Holdout], seed: int) -> Comparison:
    return compare(holdouts, default=contest.default, metric=contest.metric, seed=seed)
