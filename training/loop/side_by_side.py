"""What the champion and a challenger say of the same later customers: cutoffs after both had learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

import pandas as pd

from core.clock import add_days
from core.language import Text
from features.build import Panel, build_panel
from features.outcomes import Horizon
from models.evaluation import Holdout
from training.contest import fit_final
from training.cutoffs import Plan
from training.data import Rows, churn_rows, interest_rows
from training.given import Given
from training.learn import Learned
from training.steps import Step

CHAMPION, CHALLENGER = "champion", "challenger"

DAYS_APART = 7
MOST_CUTOFFS = 4
"""A month of weeks: their outcomes overlap, but whole customers are resampled, so that no row counts for two."""


def later_cutoffs(plan: Plan, since: datetime) -> tuple[datetime, ...]:
    """The latest cutoffs from an instant on whose outcomes are known, oldest first; a week apart, at most a month."""
    calendar = plan.calendar
    latest = add_days(plan.until, -calendar.horizon_days, calendar.zone)
    weeks = (add_days(latest, -DAYS_APART * number, calendar.zone) for number in range(MOST_CUTOFFS))
    return tuple(sorted(cutoff for cutoff in weeks if cutoff >= since and plan.before(cutoff)))


def first_comparison(plan: Plan, since: datetime) -> datetime:
    """When the first outcome will be known of a cutoff after that instant."""
    return plan.calendar.end(since)


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Scores of champion and challenger at later cutoffs.

    The champion is the very version that serves. The challenger's final model has learned from the same outcomes, so
    in its place stands its kind, fitted on what was known at each cutoff: what it would have been, had it been trained
    there.

    Attributes:
        given: The data.
        learned: The challenger.
        cutoffs: By part those at which it can be compared; none for a part that cannot.
        estimators: The champion's, by part.
    """

    given: Given
    learned: Learned
    cutoffs: Mapping[str, Sequence[datetime]]
    estimators: Mapping[str, Any]

    def holdouts(self, part: str, step: Step) -> tuple[Holdout, ...]:
        """One for each later cutoff, with the labels that both predict."""
        mine, theirs = self._rows(part), self.estimators[part].calibrated(None)
        found = []
        # Weeks of a month know the same months before them, and so share a fit.
        plan = self.given.plan
        for past, cutoffs in groupby(self.cutoffs[part], key=lambda cutoff: tuple(plan.before(cutoff))):
            known = self.learned.preflight.rows[part].at(past)
            labels = [tag for tag in theirs.tags_ if tag in known.Y and known.Y[tag].notna().any()]
            if not labels:
                continue
            step(Text("{model}: beside the champion", {"model": part}))
            result = self.learned.contests[part]
            fitted = fit_final(
                result.contest, result.choice.promoted, Rows(known.X, known.Y[labels]), seed=self._seed
            )
            found += [_holdout(mine, cutoff, labels, theirs, fitted) for cutoff in cutoffs]
        return tuple(one for one in found if len(one.labels))

    @property
    def _seed(self) -> int:
        return self.given.settings.seed

    def _rows(self, part: str) -> Rows:
        panel = self._panel
        if part != self.given.interest.model:
            return churn_rows(panel)
        tags = [tag for tag in self.estimators[part].tags_ if tag in panel.outcomes]
        return interest_rows(panel, tags, self.given.counted.activity)

    @cached_property
    def _panel(self) -> Panel:
        wanted = sorted({cutoff for cutoffs in self.cutoffs.values() for cutoff in cutoffs})
        horizon = Horizon(self.given.settings.horizon_days, self.given.until)
        return build_panel(self.given.source, wanted, horizon=horizon)


def _holdout(rows: Rows, cutoff: datetime, labels: Sequence[str], champion: Any, challenger: Any) -> Holdout:
    here = rows.at([cutoff])
    X, Y = here.X.droplevel("as_of"), here.Y.droplevel("as_of")[list(labels)]
    scores: dict[str, pd.DataFrame] = {
        name: model.predict_proba(X)[list(labels)]
        for name, model in ((CHAMPION, champion), (CHALLENGER, challenger))
    }
    return Holdout(str(cutoff.date()), Y, scores)
