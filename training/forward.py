"""What a kind of model says of cutoffs that came after everything it learned from."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

import pandas as pd

from core.language import Text
from models.arrays import blended
from models.behaviour import BEHAVIOURS
from models.evaluation import Holdout
from models.lightgbm_training import thread_count
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
    fits = _Fits(contest, rows, plan, seed)
    # Fits know nothing of each other, and LightGBM's run without Python's lock.
    with ThreadPoolExecutor(thread_count(-1)) as threads:
        waiting = []
        for cutoff in cutoffs:
            scores = dict(kept[name].scores) if (name := _name(cutoff)) in kept else {}
            missing = [kind for kind in _members(contest, kinds, scores) if kind not in scores]
            waiting.append(
                (cutoff, scores, [(kind, threads.submit(fits.scores, kind, cutoff)) for kind in missing])
            )
        return tuple(_holdout(contest, kinds, rows, *one, step) for one in waiting)


@dataclass(frozen=True, eq=False)
class _Fits:
    """Kinds of a contest fitted on what was known at a cutoff; several threads may ask for different ones."""

    contest: Contest
    rows: Rows
    plan: Plan
    seed: int

    def scores(self, kind: str, cutoff: datetime) -> pd.DataFrame:
        """What a kind says of the cutoff's rows."""
        past = self._past(cutoff)
        return self.contest.make(self.seed)[kind].fit(past.X, past.Y).predict_proba(_at(self.rows, cutoff).X)

    @cached_property
    def _past(self) -> Callable[[datetime], Rows]:
        """The rows known at a cutoff: as wide as they are, no more are held than are learned from at once."""
        return lru_cache(maxsize=2)(lambda cutoff: self.rows.at(self.plan.before(cutoff)))


def _members(contest: Contest, kinds: Sequence[str], scored: Mapping[str, pd.DataFrame]) -> list[str]:
    """What has to be scored so that all kinds are: of a blend its members."""
    return list(
        dict.fromkeys(
            one for kind in kinds if kind not in scored for one in contest.blends.get(kind, (kind,))
        )
    )


def _holdout(
    contest: Contest,
    kinds: Sequence[str],
    rows: Rows,
    cutoff: datetime,
    scores: dict[str, pd.DataFrame],
    fitted: Sequence[tuple[str, "Future[pd.DataFrame]"]],
    step: Step,
) -> Holdout:
    if fitted:
        step(Text("{model} at {cutoff}", {"model": contest.model, "cutoff": cutoff.date()}))
    scores |= {kind: found.result() for kind, found in fitted}
    blends = [kind for kind in kinds if kind in contest.blends and kind not in scores]
    scores |= {kind: _blend(scores, contest.blends[kind]) for kind in blends}
    here = _at(rows, cutoff)
    new = _not_yet(here.X, here.Y, contest.behaviours)
    return Holdout(_name(cutoff), here.Y, {kind: scores[kind] for kind in kinds}, new)


def _at(rows: Rows, cutoff: datetime) -> Rows:
    """The cutoff's rows, indexed by customer."""
    here = rows.at([cutoff])
    return Rows(here.X.droplevel("as_of"), here.Y.droplevel("as_of"))


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
