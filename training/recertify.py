"""Certificates of the versions that serve, made again with what has turned out since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from core.errors import NotReadyError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from features.build import build_panel
from features.contract import Role
from features.flush import flush
from features.lake import Lake
from features.outcomes import Horizon
from features.period import known_period
from features.recovery import recover
from features.source import FeatureSource, open_source
from models.evaluation import Holdout
from models.registry import Registry
from models.versions import ModelVersion
from tags.certificates import Certificate
from tags.taxonomy import Taxonomy
from training.audit_evidence import AuditEvidence
from training.calibrate import CUTOFFS, Track
from training.candidates import interest_contest
from training.certify import certify_models
from training.counted import active, counted
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.data import Rows, interest_rows
from training.forward import forward_scores
from training.reviewed import audit_of
from training.steps import Step
from training.turn import training_turn

PARTS = ("interest", "reviewed")


def recertify(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    until: datetime,
    step: Step = lambda _text: None,
    progress: Progress | None = None,
) -> tuple[Certificate, ...]:
    """The new certificates of the champions' tags, in the store, from what was known at `until`.

    At cutoffs after its training the very version that serves is held against what turned out; at earlier ones another
    fit of its kind, on what was known before, as when it was trained. Tags that left the taxonomy are left out.

    Raises:
        NotReadyError: Nothing was promoted, or the features that the versions read are computed differently now.
        ConflictError: A training runs, and does not end.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    with training_turn(settings, registry):
        versions = {part: found for part in PARTS if (found := registry.champion(part)) is not None}
        if not versions:
            raise NotReadyError("No model has been promoted yet: run `tagloop train`")
        lake = Lake(settings.lake_path, buckets=settings.lake_buckets)
        recover(settings, store, lake)
        flush(store, lake)
        source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
        _check_features(source, versions)
        champions = _Champions(
            versions=versions,
            estimators={part: registry.load(part, one.version) for part, one in versions.items()},
            kind=_kind(registry, versions.get("interest")),
        )
        again = _Again(settings, source, taxonomy, champions, _plan(source, settings, until), step)
        return again.run(store, progress)


@dataclass(frozen=True, eq=False)
class _Champions:
    """The versions that serve, their estimators by part, and what kind of model tells interests."""

    versions: Mapping[str, ModelVersion]
    estimators: Mapping[str, Any]
    kind: str | None


@dataclass(frozen=True, eq=False)
class _Again:
    """One certification of the champions."""

    settings: Settings
    source: FeatureSource
    taxonomy: Taxonomy
    champions: _Champions
    plan: Plan
    step: Step

    def run(self, store: Store, progress: Progress | None) -> tuple[Certificate, ...]:
        cutoffs = self.plan.judged[-CUTOFFS:] if self.champions.kind else ()
        past = [before for cutoff in cutoffs for before in self.plan.before(cutoff)]
        wanted = sorted({*cutoffs, *past, self.plan.until})
        horizon = Horizon(self.settings.horizon_days, self.plan.until)
        panel = build_panel(self.source, wanted, horizon=horizon, progress=progress)
        counts = counted(self.source)
        present = panel.at(self.plan.until).features
        track = None
        if self.champions.kind:
            known = {tag.key for tag in self.taxonomy.outcome_tags}
            tags = [tag for tag in self.champions.estimators["interest"].tags_ if tag in known]
            track = self._track(cutoffs, interest_rows(panel, tags, counts.activity), self.champions.kind)
        customers = present[active(present, counts.activity)]
        audit = self._audit(store, customers)
        promises = certify_models(self.champions.estimators, self.taxonomy, track, self.plan.until, audit)
        return promises.keep(
            store, self.settings, self.champions.versions, self.champions.estimators, customers
        )

    def _audit(self, store: Store, customers: pd.DataFrame) -> AuditEvidence | None:
        """What the random audit says by now of the model that serves."""
        if "reviewed" not in self.champions.versions:
            return None
        told = self.champions.versions["reviewed"].tags
        learned_until = datetime.fromisoformat(told.get("labels_until", told["until"]))
        model = self.champions.estimators["reviewed"]
        return audit_of(model, learned_until, self.source, store, self.plan.until, customers)

    def _track(self, cutoffs: Sequence[datetime], rows: Rows, kind: str) -> Track:
        trained = datetime.fromisoformat(self.champions.versions["interest"].tags["until"])
        looked_at = Role.INTEREST in self.source.spec.attention
        contest = interest_contest(counted(self.source), looked_at=looked_at)
        earlier = [cutoff for cutoff in cutoffs if cutoff < trained]
        fitted = forward_scores(
            contest, (kind,), rows, self.plan, earlier, seed=self.settings.seed, step=self.step
        )
        served = [self._served(cutoff, rows, kind) for cutoff in cutoffs if cutoff >= trained]
        return Track(self.plan.calendar, kind, dict(zip(cutoffs, (*fitted, *served), strict=True)))

    def _served(self, cutoff: datetime, rows: Rows, kind: str) -> Holdout:
        """What the version that serves said at a cutoff after its training, before it was put right."""
        self.step(Text("{model} at {cutoff}", {"model": "interest", "cutoff": cutoff.date()}))
        now = rows.at([cutoff])
        X, Y = (frame.droplevel("as_of") for frame in (now.X, now.Y))
        model = self.champions.estimators["interest"].calibrated(None)
        scores: pd.DataFrame = model.predict_proba(X)
        return Holdout(str(cutoff.date()), Y, {kind: scores[list(Y.columns)]})


def _plan(source: FeatureSource, settings: Settings, until: datetime) -> Plan:
    period = known_period(source, settings, until)
    return plan_cutoffs(period.ends, Calendar(settings.zone, settings.horizon_days, period.starts))


def _kind(registry: Registry, version: ModelVersion | None) -> str | None:
    if version is None:
        return None
    return str(registry.client.get_run(version.run_id).data.params["model"])


def _check_features(source: FeatureSource, versions: Mapping[str, ModelVersion]) -> None:
    others = [
        version.uri
        for version in versions.values()
        if version.tags.get("feature_schema_version", source.spec.schema_version)
        != source.spec.schema_version
    ]
    if others:
        raise NotReadyError(
            "The features that {versions} read are computed differently by now: train anew with `tagloop train`",
            versions=", ".join(others),
        )
