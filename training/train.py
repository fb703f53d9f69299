"""One training: rows, contests, final models, gates, registered versions and a release."""

from collections.abc import Callable, Mapping
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
from features.source import FeatureSource, data_begins_at, open_source
from models.packaging import code_version
from models.registry import ModelVersion, Registry
from models.segments import CustomerSegments
from tags.taxonomy import Taxonomy
from training.contest import CHURN, Contest, Result, fit_final, hold, interest_contest
from training.counted import counted
from training.cutoffs import Calendar, test_cutoffs, training_cutoffs
from training.data import Rows, churn_rows, interest_rows
from training.gates import Gate, beats_the_rules, gives_probabilities, online_equals_offline
from training.promotion import promote
from training.record import record_contest, record_reviewed, record_segments
from training.reviewed import ReviewedResult, train_reviewed

Steps = Callable[[Text, int, int], None]  # what is being done, which step it is, how many there are
OTHER_STEPS = 4  # segments, reviewed tags, MLflow, promotion


@dataclass(frozen=True, eq=False)
class Report:
    """What a training did; `release_id` is None when it was not promoted."""

    until: datetime
    contests: Mapping[str, Result]
    segments: CustomerSegments
    reviewed: ReviewedResult
    gates: tuple[Gate, ...]
    versions: Mapping[str, ModelVersion]
    release_id: str | None


@dataclass(frozen=True, eq=False)
class Trained:
    """The final estimators by part of the release, and what they were made from."""

    estimators: dict[str, Any] = field(default_factory=dict)
    examples: dict[str, pd.DataFrame] = field(default_factory=dict)


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

    Features, labels and outcomes after `until` are not looked at. The same lake version, taxonomy, code and seed
    give the same figures.

    Raises:
        NotReadyError: No data was loaded, or it is too short.
    """
    flush(store, Lake(settings.lake_path, buckets=settings.lake_buckets))
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
    return _Training(settings, store, taxonomy, source, until, step).run(
        progress, promote_if_good=promote_if_good
    )


class _Training:
    """The steps of one training, in order."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        taxonomy: Taxonomy,
        source: FeatureSource,
        until: datetime,
        step: Steps,
    ) -> None:
        self.settings = settings
        self.store = store
        self.taxonomy = taxonomy
        self.source = source
        self.until = until
        self._tell = step
        self._done = 0
        self.calendar = Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until))
        self.counted = counted(source)
        looked_at = Role.INTEREST in source.spec.attention
        self.interest = interest_contest(self.counted, looked_at=looked_at)
        self.registry = Registry(settings.tracking_uri, settings.artifacts_path)
        self.made_from = {
            "lake_version": str(source.lake_version),
            "taxonomy_version": taxonomy.version,
            "feature_schema_version": source.spec.schema_version,
            "code_version": code_version(),
            "until": until.isoformat(),
        }

    def run(self, progress: Progress | None, *, promote_if_good: bool) -> Report:
        panel = self._panel(progress)
        present = panel.at(self.until).features
        contests = {contest.model: self._hold(contest, panel) for contest in (self.interest, CHURN)}
        trained = self._fit(contests, panel, present)
        self.step(Text("Reviewed tags"))
        reviewed = train_reviewed(self.taxonomy, self.source, self.store, self.until)
        if reviewed.model is not None and reviewed.rows is not None:
            trained.estimators["reviewed"] = reviewed.model
            trained.examples["reviewed"] = reviewed.rows.X.head(5)
        gates = self._gates(contests, trained, present)
        self.step(Text("Versions to MLflow"))
        versions = self._register(contests, trained, reviewed)
        good = all(gate.passed or not gate.blocks for gate in gates)
        release_id = None
        if promote_if_good and good:
            self.step(Text("Promotion"))
            release_id = promote(
                self.settings,
                self.registry,
                self.source,
                self.taxonomy,
                trained.estimators,
                versions,
                present,
            )
        return Report(
            self.until, contests, trained.estimators["segments"], reviewed, gates, versions, release_id
        )

    def step(self, text: Text) -> None:
        """Tell what is being done, and which of how many steps it is."""
        self._done += 1
        total = 2 * (len(test_cutoffs(self.until, self.calendar)) + 2) + OTHER_STEPS
        self._tell(text, self._done, total)

    def _panel(self, progress: Progress | None) -> Panel:
        cutoffs = [*training_cutoffs(self.until, self.calendar), self.until]
        horizon = Horizon(self.settings.horizon_days, self.until)
        return build_panel(self.source, cutoffs, horizon=horizon, progress=progress)

    def rows(self, contest: Contest, panel: Panel) -> Rows:
        """What the contest's models learn from."""
        if contest is CHURN:
            return churn_rows(panel)
        tags = [tag.key for tag in self.taxonomy.outcome_tags]
        return interest_rows(panel, tags, self.counted.activity)

    def _hold(self, contest: Contest, panel: Panel) -> Result:
        tests = test_cutoffs(self.until, self.calendar)
        rows = self.rows(contest, panel)
        return hold(contest, rows, tests, self.calendar, seed=self.settings.seed, step=self.step)

    def _fit(self, contests: Mapping[str, Result], panel: Panel, present: pd.DataFrame) -> Trained:
        trained = Trained()
        for contest in (self.interest, CHURN):
            self.step(Text("{model}: final model", {"model": contest.model}))
            rows = self.rows(contest, panel)
            chosen = contests[contest.model].choice.promoted
            trained.estimators[contest.model] = fit_final(contest, chosen, rows, seed=self.settings.seed)
            trained.examples[contest.model] = rows.X.head(5)
        self.step(Text("Segments"))
        columns, grouped = self.counted.to_segment(present)
        trained.estimators["segments"] = CustomerSegments(columns, seed=self.settings.seed).fit(grouped)
        trained.examples["segments"] = grouped.head(5)
        return trained

    def _gates(
        self, contests: Mapping[str, Result], trained: Trained, present: pd.DataFrame
    ) -> tuple[Gate, ...]:
        rules = [beats_the_rules(name, result.choice) for name, result in contests.items()]
        outputs = [gives_probabilities(name, trained.estimators[name], present) for name in contests]
        return (*rules, *outputs, online_equals_offline(present, self.until, self.source, self.store))

    def _register(
        self, contests: Mapping[str, Result], trained: Trained, reviewed: ReviewedResult
    ) -> dict[str, ModelVersion]:
        versions = {}
        for name, estimator in trained.estimators.items():
            with self.registry.run(name, f"{name} until {self.until.date()}", tags=self.made_from) as run:
                run.params({"seed": self.settings.seed, "horizon_days": self.settings.horizon_days})
                if name in contests:
                    record_contest(run, contests[name], estimator, self.calendar, self.until)
                elif name == "reviewed":
                    record_reviewed(run, reviewed)
                else:
                    record_segments(run, estimator)
                versions[name] = run.register(name, estimator, trained.examples[name], tags=self.made_from)
        return versions
