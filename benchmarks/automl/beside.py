"""Our models and the AutoML system's scores in one comparison, and what each of them took."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from benchmarks.automl.jobs import job_name
from benchmarks.quality import SMALL
from models.evaluation import Comparison, Holdout, compare
from training.candidates import Contest
from training.cutoffs import Plan
from training.data import Rows
from training.forward import forward_scores

AUTOML = "FLAML"


@dataclass(frozen=True)
class Line:
    """One row of the table: a model's mean with its interval, and how far it is from the small one (paired).

    `seconds` are the processor's, over all test cutoffs: on a busy machine a limit by the clock buys less.
    """

    model: str
    mean: float
    low: float
    high: float
    ahead: tuple[float, float, float] | None
    new: float | None
    seconds: float


@dataclass(frozen=True)
class Beside:
    """The table of one model, best last, and how far our promoted kind is ahead of the AutoML system (paired)."""

    model: str
    lines: tuple[Line, ...]
    kind: str
    ahead: tuple[float, float, float]
    ahead_new: tuple[float, float, float] | None


def beside(contest: Contest, kind: str, rows: Rows, plan: Plan, folder: Path, *, seed: int) -> Beside:
    """The small model, the promoted kind and the AutoML system at the test cutoffs, all fitted on the same past."""
    holdouts, took = _timed(contest, dict.fromkeys((SMALL, kind)), rows, plan, seed)
    holdouts = [_with_scores(holdout, contest.model, folder) for holdout in holdouts]
    took[AUTOML] = sum(_seconds(contest.model, holdouts, folder))
    whole = compare(holdouts, default=SMALL, metric=contest.metric, seed=seed)
    slices = [holdout.sliced() for holdout in holdouts if holdout.new is not None]
    new = compare(slices, default=SMALL, metric=contest.metric, seed=seed) if slices else None
    return Beside(
        contest.model,
        tuple(_line(name, whole, new, took[name]) for name in took),
        kind,
        whole.difference(kind, AUTOML),
        new.difference(kind, AUTOML) if new else None,
    )


def _timed(
    contest: Contest, kinds: Mapping[str, None], rows: Rows, plan: Plan, seed: int
) -> tuple[list[Holdout], dict[str, float]]:
    """The holdouts of all kinds, and the processor seconds that each took to fit and score."""
    holdouts: Sequence[Holdout] = ()
    took = {}
    for place, kind in enumerate(kinds, start=1):
        started = time.process_time()
        so_far = list(kinds)[:place]
        holdouts = forward_scores(contest, so_far, rows, plan, plan.tests, seed=seed, known=holdouts)
        took[kind] = time.process_time() - started
    return list(holdouts), took


def _with_scores(holdout: Holdout, model: str, folder: Path) -> Holdout:
    columns = {
        label: _scores(folder, job_name(model, holdout.name, label)) for label in holdout.labels.columns
    }
    scores = pd.DataFrame(columns).reindex(holdout.labels.index)
    return replace(holdout, scores={**holdout.scores, AUTOML: scores})


def _scores(folder: Path, job: str) -> "pd.Series[float]":
    found = pd.read_parquet(folder / "scores" / f"{job}.parquet")
    return pd.Series(found["score"].to_numpy(), index=found["customer_id"].astype(str))


def _seconds(model: str, holdouts: Sequence[Holdout], folder: Path) -> Iterator[float]:
    for holdout in holdouts:
        for label in holdout.labels.columns:
            file = folder / "scores" / f"{job_name(model, holdout.name, label)}.json"
            yield json.loads(file.read_text(encoding="utf-8"))["processor_seconds"]


def _line(model: str, whole: Comparison, new: Comparison | None, seconds: float) -> Line:
    row = whole.table.loc[model]
    return Line(
        model,
        float(row["mean"]),
        float(row["low"]),
        float(row["high"]),
        None if model == whole.default else whole.difference(model, whole.default),
        None if new is None else float(new.table["mean"][model]),
        seconds,
    )
