"""One training: preflight, contests, final models, gates, registered versions and a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from features.flush import flush
from features.lake import Lake
from features.period import known_period
from features.recovery import recover
from features.source import open_source
from models.registry import Registry
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.certificates import Certificate
from tags.taxonomy import Taxonomy
from training.calibrate import Later
from training.contest import Result
from training.counted import active
from training.cutoffs import Calendar, plan_cutoffs
from training.gates import Gate
from training.given import Given
from training.history import keep_promotion, what_serves
from training.judge import judge
from training.learn import Learned, learn
from training.lineage import Lineage
from training.preflight import Finding
from training.promotion import promote, withdrawn
from training.register import Registered, register
from training.reviewed import ReviewedResult
from training.steps import StepCount, Steps
from training.turn import training_turn

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
    with training_turn(settings, Registry(settings.tracking_uri, settings.artifacts_path)):
        complete_lake(settings, store)
        given = given_until(settings, store, taxonomy, until)
        count = StepCount(step, OTHER_STEPS)
        learned = learn(given, count, progress)
        gates = judge(given, learned)
        count(Text("Versions to MLflow"))
        registered = register(given, learned, gates)
        # Whenever one of the versions serves, its certificates are there.
        certified = certify(given, learned, registered)
        release_id = None
        if promote_if_good and all(gate.passed or not gate.blocks for gate in gates):
            count(Text("Promotion"))
            gates = (*gates, *withdrawn(settings, learned.trained.estimators))
            before = what_serves(settings)
            release_id = _promote(given, learned, registered)
            with store.write() as connection:
                now = settings.make_clock().now()
                keep_promotion(connection, "train", before, what_serves(settings), at=now, until=given.until)
    return Report(
        asked=until,
        until=given.until,
        contests=learned.contests,
        segments=learned.trained.estimators.get("segments"),
        lineage=registered.lineage,
        reviewed=learned.reviewed,
        refusals=learned.refusals,
        gates=gates,
        later=learned.later,
        certificates=certified,
        versions=registered.versions,
        release_id=release_id,
    )


def complete_lake(settings: Settings, store: Store) -> None:
    """Have every event in the lake that the store has accepted."""
    lake = Lake(settings.lake_path, buckets=settings.lake_buckets)
    recover(settings, store, lake)
    flush(store, lake)


def given_until(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    until: datetime,
    *,
    labels_until: datetime | None = None,
) -> Given:
    """What there is to learn from of what was known at an instant; people's labels until then, or until another."""
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
    period = known_period(source, settings, until)
    calendar = Calendar(settings.zone, settings.horizon_days, period.starts)
    plan = plan_cutoffs(period.ends, calendar)
    return Given(settings, store, taxonomy, source, plan, labels_until or until)


def certify(given: Given, learned: Learned, registered: Registered) -> tuple[Certificate, ...]:
    """What is promised of each tag that the registered versions predict, kept in the store."""
    customers = learned.present[active(learned.present, given.counted.activity)]
    return learned.promises.keep(
        given.store, given.settings, registered.versions, learned.trained.estimators, customers
    )


def _promote(given: Given, learned: Learned, registered: Registered) -> str:
    return promote(
        given.settings,
        given.registry,
        given.source,
        given.taxonomy,
        learned.trained.estimators,
        registered.versions,
        learned.present,
        [finding.as_entry() for finding in learned.refusals],
    )
