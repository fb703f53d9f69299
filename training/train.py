"""One training: preflight, contests, final models, gates, registered versions and a release."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from features.build import Panel, build_panel
from features.contract import Role
from features.flush import flush
from features.lake import Lake
from features.outcomes import Horizon
from features.recovery import recover
from features.source import FeatureSource, open_source
from models.packaging import code_version
from models.registry import Registry
from models.runs import Record
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.certificates import Certificate
from tags.taxonomy import Taxonomy
from training.calibrate import Later, Track, track
from training.candidates import CHURN, Contest, interest_contest
from training.cards.write import Cards
from training.certify import Promises, certify_models
from training.contest import Result, fit_final, hold
from training.counted import active, counted
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.gates import (
    Gate,
    beats_the_rules,
    gives_probabilities,
    is_calibrated,
    online_equals_offline,
)
from training.lineage import Lineage, name_by_members, record_lineage
from training.period import known_period
from training.preflight import Finding, Preflight, RefusedError, check
from training.promotion import promote, withdrawn
from training.record import (
    record_contest,
    record_gates,
    record_preflight,
    record_promises,
    record_reviewed,
    record_segments,
)
from training.reviewed import ReviewedResult, train_reviewed
from training.segments import form_segments
from training.turn import training_turn

Steps = Callable[[Text, int, int], None]  # what is being done, which step it is, how many there are
OTHER_STEPS = 4  # segments, reviewed tags, MLflow, promotion


@dataclass(frozen=True, eq=False)
class Report:
    """What a training did; `release_id` is None when it was not promoted.

    Attributes:
        asked: Until when it was asked for.
        until: Until when it was done: the same, or where the data ends.
        contests: By model; a refused one is missing.
        segments: None if they were refused.
        lineage: What became of the segments since the version before; None without segments.
        reviewed: The tags that only reviewers know.
        refusals: What was not trained, and why.
        gates: What had to hold, and what a promotion changed.
        later: By model of a contest, calibrated probabilities beside what turned out at the test cutoffs.
        certificates: What is promised of each tag that is predicted.
        versions: What was registered, by part.
        release_id: What serves now.
    """

    asked: datetime
    until: datetime
    contests: Mapping[str, Result]
    segments: CustomerSegments | None
    lineage: Lineage | None
    reviewed: ReviewedResult
    refusals: tuple[Finding, ...]
    gates: tuple[Gate, ...]
    later: Mapping[str, Later]
    certificates: tuple[Certificate, ...]
    versions: Mapping[str, ModelVersion]
    release_id: str | None


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
        contests: By model.
        later: Calibrated probabilities at the test cutoffs, by model.
        trained: The final estimators.
        promises: What can be promised of each tag.
    """

    present: pd.DataFrame
    preflight: Preflight
    reviewed: ReviewedResult
    refusals: tuple[Finding, ...]
    contests: Mapping[str, Result]
    later: Mapping[str, Later]
    trained: Trained
    promises: Promises

    @property
    def refused(self) -> list[str]:
        """The parts of which there is no model."""
        return sorted({one.part for one in self.preflight.refusals}.difference(self.trained.estimators))


def train(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    until: datetime,
    promote_if_good: bool = True,
    step: Steps = lambda _text, _done, _total: None,
    progress: Progress | None = None,
) -> Report:
    """Train everything from what was known at `until`, compare, register in MLflow, and promote if the gates pass.

    Features, labels and outcomes after `until` are not looked at, and where the data ends before, the training ends
    there too: days of which nothing is known must not count as days on which nobody bought. A model without the data
    that it needs is refused and reported, and the rest is trained. The same lake version, taxonomy, code and seed give
    the same figures.

    Raises:
        NotReadyError: No data was loaded.
        RefusedError: No model has the data that it needs; each reason is named.
        ConflictError: Another training runs, and does not end.
    """
    lake = Lake(settings.lake_path, buckets=settings.lake_buckets)
    with training_turn(settings, Registry(settings.tracking_uri, settings.artifacts_path)):
        recover(settings, store, lake)
        flush(store, lake)
        source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
        period = known_period(source, settings, until)
        calendar = Calendar(settings.zone, settings.horizon_days, period.starts)
        training = Training(settings, store, taxonomy, source, plan_cutoffs(period.ends, calendar), step)
        return training.run(until, progress, promote_if_good=promote_if_good)


class Training:
    """The steps of one training, in order."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        taxonomy: Taxonomy,
        source: FeatureSource,
        plan: Plan,
        step: Steps,
    ) -> None:
        self.settings = settings
        self.store = store
        self.taxonomy = taxonomy
        self.source = source
        self.plan = plan
        self.until = plan.until
        self._tell = step
        self._done = 0
        self._total = OTHER_STEPS
        self.counted = counted(source)
        looked_at = Role.INTEREST in source.spec.attention
        self.interest = interest_contest(self.counted, looked_at=looked_at)
        self.registry = Registry(settings.tracking_uri, settings.artifacts_path)
        self.lineage: Lineage | None = None
        self.made_from = {
            "lake_version": str(source.lake_version),
            "taxonomy_version": taxonomy.version,
            "feature_schema_version": source.spec.schema_version,
            "code_version": code_version(),
            "until": plan.until.isoformat(),
        }

    def learn(self, progress: Progress | None) -> "Learned":
        """Everything that is learned and found, before anything of it is kept anywhere.

        Raises:
            RefusedError: No model has the data that it needs.
        """
        panel = self._panel(progress)
        present = panel.at(self.until).features
        tags = [tag.key for tag in self.taxonomy.outcome_tags]
        preflight = check(self.plan, panel, tags, present, self.counted)
        self.step(Text("Segments"))
        preflight = form_segments(preflight, seed=self.settings.seed)
        reviewed = train_reviewed(self.taxonomy, self.source, self.store, self.until)
        refusals = (*preflight.refusals, *(left.finding for left in reviewed.left_out))
        taking_part = [contest for contest in (self.interest, CHURN) if contest.model in preflight.rows]
        if not taking_part and preflight.segments is None and reviewed.model is None:
            raise RefusedError(refusals)
        self._total += len(taking_part) * (len(self.plan.development) + len(self.plan.tests) + 2)
        contests = {contest.model: self._hold(contest, preflight) for contest in taking_part}
        tracks = {name: self._track(result, preflight) for name, result in contests.items()}
        trained = self._fit(contests, tracks, preflight, reviewed)
        later = {name: one.later(self.plan.tests) for name, one in tracks.items()}
        promises = certify_models(
            trained.estimators, self.taxonomy, tracks.get(self.interest.model), self.until
        )
        return Learned(present, preflight, reviewed, refusals, contests, later, trained, promises)

    def run(self, asked: datetime, progress: Progress | None, *, promote_if_good: bool) -> Report:
        """Learn, register, and promote if the gates pass."""
        learned = self.learn(progress)
        present, trained, refusals = learned.present, learned.trained, learned.refusals
        gates = self._gates(learned.contests, learned.later, trained, present)
        cards = self._cards(present, refusals)
        versions = self._register(learned, gates, cards)
        # Whenever one of the versions serves, its certificates are there.
        customers = present[active(present, self.counted.activity)]
        certified = learned.promises.keep(self.store, self.settings, versions, trained.estimators, customers)
        release_id = None
        if promote_if_good and all(gate.passed or not gate.blocks for gate in gates):
            self.step(Text("Promotion"))
            gates = (*gates, *withdrawn(self.settings, trained.estimators))
            release_id = promote(
                self.settings,
                self.registry,
                self.source,
                self.taxonomy,
                trained.estimators,
                versions,
                present,
                [finding.as_entry() for finding in refusals],
            )
        return Report(
            asked=asked,
            until=self.until,
            contests=learned.contests,
            segments=trained.estimators.get("segments"),
            lineage=self.lineage,
            reviewed=learned.reviewed,
            refusals=refusals,
            gates=gates,
            later=learned.later,
            certificates=certified,
            versions=versions,
            release_id=release_id,
        )

    def _cards(self, present: pd.DataFrame, refusals: tuple[Finding, ...]) -> Cards:
        return Cards(
            self.settings, self.source, self.taxonomy, self.plan, self.made_from, len(present), refusals
        )

    def _now(self) -> datetime:
        return self.settings.make_clock().now()

    def step(self, text: Text) -> None:
        """Tell what is being done, and which of how many steps it is."""
        self._done += 1
        self._tell(text, self._done, self._total)

    def _panel(self, progress: Progress | None) -> Panel:
        cutoffs = [*self.plan.cutoffs, self.until] if self.plan.tests else [self.until]
        horizon = Horizon(self.settings.horizon_days, self.until)
        return build_panel(self.source, cutoffs, horizon=horizon, progress=progress)

    def _hold(self, contest: Contest, preflight: Preflight) -> Result:
        rows = preflight.rows[contest.model]
        return hold(contest, rows, self.plan, seed=self.settings.seed, step=self.step)

    def _track(self, result: Result, preflight: Preflight) -> Track:
        def step(text: Text) -> None:
            self._total += 1  # how many cutoffs the contest left unscored is known by now
            self.step(text)

        rows = preflight.rows[result.contest.model]
        return track(result, rows, self.plan, seed=self.settings.seed, step=step)

    def _fit(
        self,
        contests: Mapping[str, Result],
        tracks: Mapping[str, Track],
        preflight: Preflight,
        reviewed: ReviewedResult,
    ) -> Trained:
        trained = Trained()
        for name, result in contests.items():
            self.step(Text("{model}: final model", {"model": name}))
            rows = preflight.rows[name].at(self.plan.final)
            final = fit_final(result.contest, result.choice.promoted, rows, seed=self.settings.seed)
            trained.add(name, final.calibrated(tracks[name].calibration_at(self.until)), rows.X)
        if preflight.segments is not None and preflight.active is not None:
            trained.add("segments", preflight.segments, preflight.active)
        self.step(Text("Reviewed tags"))
        if reviewed.model is not None and reviewed.rows is not None:
            trained.add("reviewed", reviewed.model, reviewed.rows.X)
        return trained

    def _gates(
        self,
        contests: Mapping[str, Result],
        later: Mapping[str, Later],
        trained: Trained,
        present: pd.DataFrame,
    ) -> tuple[Gate, ...]:
        rules = [beats_the_rules(name, result.choice) for name, result in contests.items()]
        outputs = [gives_probabilities(name, trained.estimators[name], present) for name in contests]
        calibration = [is_calibrated(name, one) for name, one in later.items()]
        return (
            *rules,
            *outputs,
            *calibration,
            online_equals_offline(present, self.until, self.source, self.store),
        )

    def _register(self, learned: "Learned", gates: Sequence[Gate], cards: Cards) -> dict[str, ModelVersion]:
        """A run for each part; one that was refused has a run too, that says why, and no version."""
        self.step(Text("Versions to MLflow"))
        preflight, trained = learned.preflight, learned.trained
        if preflight.segments is not None and preflight.active is not None:
            self.lineage = name_by_members(
                self.settings, self.store, self.registry, preflight.segments, preflight.active
            )
        versions = {}
        for name in (*trained.estimators, *learned.refused):
            with self.registry.run(name, f"{name} until {self.until.date()}", tags=self.made_from) as run:
                run.document("taxonomy", self.taxonomy.model_dump(mode="json"))
                run.document("feature_spec", self.source.spec.as_json())
                record_gates(run, gates)
                self.record(run, name, learned)
                if name in learned.refused:
                    continue
                estimator = trained.estimators[name]
                versions[name] = run.register(name, estimator, trained.examples[name], tags=self.made_from)
                if name == "segments" and self.lineage is not None:
                    record_lineage(
                        self.store, self.lineage, estimator, versions[name], until=self.until, now=self._now()
                    )
                if name in learned.contests:
                    promised = learned.promises.found.get(name)
                    rows, later = preflight.rows[name], learned.later[name]
                    cards.of_contest(run, versions[name], learned.contests[name], rows, later, promised)
                elif name == "reviewed":
                    cards.of_reviewed(run, versions[name], learned.reviewed)
                else:
                    cards.of_segments(run, versions[name], estimator, self.lineage)
        return versions

    def record(self, run: Record, name: str, learned: "Learned") -> None:
        """Parameters, figures, tables and plots of one part; of a refused one why it was refused."""
        run.params({"seed": self.settings.seed, "horizon_days": self.settings.horizon_days})
        waiting = [left.finding for left in learned.reviewed.left_out]
        findings = [one for one in (*learned.preflight.findings, *waiting) if one.part == name]
        record_preflight(run, findings)
        if name in learned.refused:
            return
        estimator = learned.trained.estimators[name]
        if name in learned.contests:
            record_contest(run, learned.contests[name], estimator, self.plan, learned.later[name])
            if name == self.interest.model:
                record_promises(run, learned.promises.evidence, learned.promises.found[name])
                run.document("outcomes", {one.name: one.as_json() for one in self.source.targets})
        elif name == "reviewed":
            record_reviewed(run, learned.reviewed)
        else:
            record_segments(run, estimator, self.lineage)
