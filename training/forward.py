"""What a kind of model says of cutoffs that came after everything it learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd

from core.language import Text
from models.arrays import blended
from models.behaviour import BEHAVIOURS
from models.evaluation import Holdout
from training.candidates import Contest
from training.cutoffs import Plan
from training.data import Rows
from training.steps import Step


def forward_scores(
    contest: Contest,
    kinds: Sequence[str],
    rows: Rows,
    plan: Plan,
    cutoffs: Sequence[datetime],
    *,
    seed: int,
    known: Sequence[Holdout] = (),
    step: Step = lambda _text: None,
) -> tuple[Holdout, ...]:
    """For each cutoff the labels, and what each kind says that was fitted on the cutoffs known before it.

    Args:
        contest: Whose kinds of model they are.
        kinds: Names that `contest.make` knows.
        rows: Rows of the cutoffs, and of the plan's cutoffs before each of them.
        plan: Says which cutoffs may be learned from at which instant.
        cutoffs: In the order of the result; they need not be the plan's own.
        seed: Of the models.
        known: Holdouts with scores of the same rows, plan and seed: what they hold is not fitted again.
        step: Told of each cutoff at which something is fitted.
    """
    kinds = tuple(dict.fromkeys(kinds))
    kept = {holdout.name: holdout for holdout in known}
    holdouts = []
    for cutoff in cutoffs:
        before = kept.get(_name(cutoff))
        scores = dict(before.scores) if before else {}
        wanted = [kind for kind in kinds if kind not in scores]
        alone = dict.fromkeys(one for kind in wanted for one in contest.blends.get(kind, (kind,)))
        missing = [kind for kind in alone if kind not in scores]
        if missing:
            step(Text("{model} at {cutoff}", {"model": contest.model, "cutoff": cutoff.date()}))
        holdout = _holdout(contest, missing, rows, plan, cutoff, seed)
        scores |= holdout.scores
        scores |= {kind: _blend(scores, contest.blends[kind]) for kind in wanted if kind in contest.blends}
        holdouts.append(replace(holdout, scores={kind: scores[kind] for kind in kinds}))
    return tuple(holdouts)


def _holdout(
    contest: Contest, kinds: Sequence[str], rows: Rows, plan: Plan, cutoff: datetime, seed: int
) -> Holdout:
    present = rows.at([cutoff])
    X, Y = (frame.droplevel("as_of") for frame in (present.X, present.Y))
    past = rows.at(plan.before(cutoff)) if kinds else present
    models = contest.make(seed)
    scores = {kind: models[kind].fit(past.X, past.Y).predict_proba(X) for kind in kinds}
    return Holdout(_name(cutoff), Y, scores, _not_yet(X, Y, contest.behaviours))


def _blend(scores: Mapping[str, pd.DataFrame], members: Sequence[str]) -> pd.DataFrame:
    """What `models.blend.BlendedModel` of members fitted on the same rows says."""
    said = [scores[member] for member in members]
    values = blended([one.to_numpy() for one in said], [1.0 / len(said)] * len(said))
    return pd.DataFrame(values, index=said[0].index, columns=said[0].columns)


def _name(cutoff: datetime) -> str:
    return str(cutoff.date())


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
