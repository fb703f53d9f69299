"""Everything that a training learns and finds, before anything of it is kept anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from core.language import Text
from features.blocks import Progress
from features.build import Panel, build_panel
from features.outcomes import Horizon
from training.calibrate import Later, Track, track
from training.candidates import CHURN, Contest
from training.certify import Promises, certify_models
from training.contest import Result, fit_final, hold
from training.counted import active
from training.given import Given
from training.preflight import Finding, Preflight, RefusedError, check
from training.reviewed import ReviewedResult, train_reviewed
from training.segments import form_segments
from training.steps import StepCount


@dataclass(frozen=True, eq=False)
class Trained:
    """The final estimators by part of the release, and what they were made from."""

    estimators: dict[str, Any] = field(default_factory=dict)
    examples: dict[str, pd.DataFrame] = field(default_factory=dict)

    def add(self, name: str, estimator: Any, X: pd.DataFrame) -> None:
        """Keep a fitted estimator with a few of the rows that it learned from."""
        self.estimators[name] = estimator
        self.examples[name] = X.head(5)


@dataclass(frozen=True, eq=False)
class Learned:
    """What a training learned and found.

    Attributes:
        present: Feature rows as of the end of the data.
        preflight: What may be trained, with the segments.
        reviewed: The tags that only reviewers know.
        refusals: What was not trained, and why.
        contests: By model; a refused one is missing.
        later: Calibrated probabilities at the test cutoffs, by model.
        trained: The final estimators.
        promises: What can be promised of each tag.
        tracks: What the kinds of model that were chosen said before outcomes were known, by model.
    """

    present: pd.DataFrame
    preflight: Preflight
    reviewed: ReviewedResult
    refusals: tuple[Finding, ...]
    contests: Mapping[str, Result]
    later: Mapping[str, Later]
    trained: Trained
    promises: Promises
    tracks: Mapping[str, Track]

    @property
    def refused(self) -> list[str]:
        """The parts of which there is no model."""
        return sorted({one.part for one in self.preflight.refusals}.difference(self.trained.estimators))


def learn(given: Given, step: StepCount, progress: Progress | None = None) -> Learned:
    """Learn all that there is enough data for.

    Raises:
        RefusedError: No model has the data that it needs.
    """
    panel = _panel(given, progress)
    present = panel.at(given.until).features
    tags = [tag.key for tag in given.taxonomy.outcome_tags]
    preflight = check(given.plan, panel, tags, present, given.counted)
    step(Text("Segments"))
    preflight = form_segments(preflight, seed=given.settings.seed)
    shoppers = present[active(present, given.counted.activity)]
    reviewed = train_reviewed(given.taxonomy, given.source, given.store, given.decided_until, shoppers)
    refusals = (*preflight.refusals, *(left.finding for left in reviewed.left_out))
    taking_part = [contest for contest in (given.interest, CHURN) if contest.model in preflight.rows]
    if not taking_part and preflight.segments is None and reviewed.model is None:
        raise RefusedError(refusals)
    step.expect(len(taking_part) * (len(given.plan.development) + len(given.plan.tests) + 2))
    contests = {contest.model: _hold(given, contest, preflight, step) for contest in taking_part}
    tracks = {name: _track(given, result, preflight, step) for name, result in contests.items()}
    trained = _fit(given, contests, tracks, preflight, reviewed, step)
    later = {name: one.later(given.plan.tests) for name, one in tracks.items()}
    track_of_tags = tracks.get(given.interest.model)
    promises = certify_models(trained.estimators, given.taxonomy, track_of_tags, given.until, reviewed.audit)
    return Learned(present, preflight, reviewed, refusals, contests, later, trained, promises, tracks)


def _panel(given: Given, progress: Progress | None) -> Panel:
    plan = given.plan
    cutoffs = [*plan.cutoffs, plan.until] if plan.tests else [plan.until]
    horizon = Horizon(given.settings.horizon_days, plan.until)
    return build_panel(given.source, cutoffs, horizon=horizon, progress=progress)


def _hold(given: Given, contest: Contest, preflight: Preflight, step: StepCount) -> Result:
    rows = preflight.rows[contest.model]
    return hold(contest, rows, given.plan, seed=given.settings.seed, step=step)


def _track(given: Given, result: Result, preflight: Preflight, step: StepCount) -> Track:
    def one_more(text: Text) -> None:
        step.expect(1)  # how many cutoffs the contest left unscored is known by now
        step(text)

    rows = preflight.rows[result.contest.model]
    return track(result, rows, given.plan, seed=given.settings.seed, step=one_more)


def _fit(
    given: Given,
    contests: Mapping[str, Result],
    tracks: Mapping[str, Track],
    preflight: Preflight,
    reviewed: ReviewedResult,
    step: StepCount,
) -> Trained:
    trained = Trained()
    for name, result in contests.items():
        step(Text("{model}: final model", {"model": name}))
        rows = preflight.rows[name].at(given.plan.final)
        final = fit_final(result.contest, result.choice.promoted, rows, seed=given.settings.seed)
        trained.add(name, final.calibrated(tracks[name].calibration_at(given.until)), rows.X)
    if preflight.segments is not None and preflight.active is not None:
        trained.add("segments", preflight.segments, preflight.active)
    step(Text("Reviewed tags"))
    if reviewed.model is not None and reviewed.rows is not None:
        trained.add("reviewed", reviewed.model, reviewed.rows.X)
    return trained
