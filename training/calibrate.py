"""Which calibration was known at an instant, from scores that came before their outcomes; and how it held later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from models.arrays import Floats
from models.calibration import Calibration, fit_calibration
from models.evaluation import Holdout
from models.metrics import calibration_error, metrics_by_tag
from training.contest import Result
from training.cutoffs import Calendar, Plan
from training.data import Rows
from training.forward import forward_scores
from training.steps import Step

CUTOFFS = 3
"""The latest so many cutoffs calibrate and certify: older ones tell of another season, fewer of one month's chance."""

LEAST_CUTOFFS = 2
"""With a single cutoff, what was true of that month cannot be told from what is true of the model: on Complete
Journey such a calibration did worse on the next month than none, two did better (cutoffs before 2017-09).
"""

_DRAWS = 20  # of labels that a perfectly calibrated model would see


@dataclass(frozen=True, eq=False)
class Track:
    """What one kind of model said before outcomes were known, by cutoff, oldest first.

    At each cutoff it is another fit, on what was known by then; that its calibration carries over to the next fit is
    what `later` measures.
    """

    calendar: Calendar
    kind: str
    holdouts: Mapping[datetime, Holdout]

    def known_at(self, instant: datetime) -> list[Holdout]:
        """The latest of them whose outcomes were known at an instant."""
        known = [cutoff for cutoff in self.holdouts if self.calendar.end(cutoff) <= instant]
        return [self.holdouts[cutoff] for cutoff in known[-CUTOFFS:]]

    def calibration_at(self, instant: datetime) -> Calibration | None:
        """The calibration that was known at an instant; None where too little was."""
        known = self.known_at(instant)
        if len(known) < LEAST_CUTOFFS:
            return None
        Y, P = (np.concatenate(parts) for parts in zip(*(self._arrays(one) for one in known), strict=True))
        return fit_calibration(Y, P)

    def later(self, cutoffs: Sequence[datetime]) -> "Later":
        """The scores of those cutoffs, each put right by what was known at it."""
        holdouts = [self.holdouts[cutoff] for cutoff in cutoffs]
        raw = [one.scores[self.kind] for one in holdouts]
        right = [
            _put_right(one, self.calibration_at(cutoff)) for one, cutoff in zip(raw, cutoffs, strict=True)
        ]
        labels, probabilities, own = (
            pd.concat(frames, keys=[one.name for one in holdouts], names=["as_of", "customer_id"])
            for frames in ([one.labels for one in holdouts], right, raw)
        )
        return Later(labels, probabilities, own)

    def _arrays(self, holdout: Holdout) -> tuple[Floats, Floats]:
        return (
            holdout.labels.to_numpy(dtype=np.float64),
            holdout.scores[self.kind].to_numpy(dtype=np.float64),
        )


@dataclass(frozen=True, eq=False)
class Later:
    """Calibrated probabilities beside what turned out, of the same shape: one row a customer and cutoff.

    The index is (as_of, customer_id), the columns are labels; unknown labels are NaN. `raw` is what the models said
    themselves.
    """

    labels: pd.DataFrame
    probabilities: pd.DataFrame
    raw: pd.DataFrame

    @cached_property
    def error(self) -> float:
        """The calibration error with all labels pooled."""
        y, p = self._known
        return calibration_error(y, p)

    @cached_property
    def chance(self) -> float:
        """The error that chance alone would hardly exceed if every one of the probabilities were true.

        It is the largest of some draws in which what a customer does of a tag is alike at every cutoff: rows of a
        customer are not independent, and a small shop's error says little.
        """
        told = self.labels.notna().to_numpy()
        p = self.probabilities.to_numpy(dtype=np.float64)
        names, customer = np.unique(
            self.labels.index.get_level_values("customer_id").to_numpy(dtype=str), return_inverse=True
        )
        dice = np.random.default_rng(0)
        errors = []
        for _ in range(_DRAWS):
            luck = dice.random((len(names), p.shape[1]))[customer]
            errors.append(calibration_error((luck < p)[told].astype(np.float64), p[told]))
        return float(max(errors))

    def figures(self) -> dict[str, float]:
        """The error over all labels, and of each as `ece/LABEL`."""
        by_label = metrics_by_tag(self.labels, self.probabilities)["ece"]
        return {
            "ece": self.error,
            "ece_by_chance": self.chance,
            **{f"ece/{name}": float(value) for name, value in by_label.items() if not np.isnan(value)},
        }

    @property
    def _known(self) -> tuple[Floats, Floats]:
        y, p = (frame.to_numpy(dtype=np.float64).ravel() for frame in (self.labels, self.probabilities))
        told = ~np.isnan(y)
        return y[told], p[told]


def track(result: Result, rows: Rows, plan: Plan, *, seed: int, step: Step) -> Track:
    """The forward scores of the promoted kind that calibrating at each test and at the end needs.

    What the contest fitted is not fitted again.
    """
    kind = result.choice.promoted
    wanted = set(_latest(plan, plan.until))
    for test in plan.tests:
        wanted |= {test, *_latest(plan, test)}
    cutoffs = [cutoff for cutoff in sorted(wanted) if _can_be_scored(cutoff, rows, plan)]
    scored = forward_scores(
        result.contest, (kind,), rows, plan, cutoffs, seed=seed, known=result.forward, step=step
    )
    return Track(plan.calendar, kind, dict(zip(cutoffs, scored, strict=True)))


def _latest(plan: Plan, instant: datetime) -> list[datetime]:
    return [cutoff for cutoff in plan.judged if plan.calendar.end(cutoff) <= instant][-CUTOFFS:]


def _can_be_scored(cutoff: datetime, rows: Rows, plan: Plan) -> bool:
    past = rows.labels_at(plan.before(cutoff))
    return not rows.labels_at([cutoff]).empty and bool(past.notna().any().all())


def _put_right(scores: pd.DataFrame, calibration: Calibration | None) -> pd.DataFrame:
    if calibration is None:
        return scores
    values = calibration.apply(scores.to_numpy(dtype=np.float64))
    return pd.DataFrame(values, index=scores.index, columns=scores.columns)
