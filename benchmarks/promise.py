"""Whether promises are kept on the 30 days after they were made, beside a naive cut-off and MAPIE's thresholds.

At each origin everything is from outcomes that were known then: the models, their calibration, the certificates. What
is applied is then held against what turned out. The procedure was fixed on origins before 2017-09.
"""

import importlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from benchmarks.quality import champion
from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from features.build import build_panel
from features.outcomes import Horizon
from features.source import FeatureSource, data_begins_at
from models.registry import Registry
from tags.taxonomy import Tag
from training.calibrate import CUTOFFS, Later, Track
from training.candidates import CHURN, Contest, interest_contest
from training.certify import Evidence, certify_tags
from training.counted import counted
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.data import Rows, churn_rows, interest_rows
from training.forward import forward_scores
from training.gates import CALIBRATION

ORIGINS = 4
BROKEN_AT = 0.05
"""A promise counts as broken when a one-sided exact test at this level rejects the target."""

MOST_BROKEN = 0.10
MAPIE_THRESHOLDS = (0.85, 0.8, 0.75)
"""With Holm's correction and one random cutoff a household: of MAPIE's settings the best before 2017-09."""

Thresholds = Mapping[str, float | None]


@dataclass(frozen=True)
class Kept:
    """What became of one tag after one origin: its target, how many it was applied to, how many of these it fitted."""

    origin: str
    tag: str
    target: float
    applied: int
    right: int

    @property
    def is_broken(self) -> bool:
        """Whether the target is rejected by what was applied."""
        if not self.applied:
            return False
        return bool(binomtest(self.right, self.applied, self.target, alternative="less").pvalue <= BROKEN_AT)

    @property
    def is_below(self) -> bool:
        """Whether the raw share lies below the target."""
        return self.right < self.target * self.applied


@dataclass(frozen=True)
class Procedure:
    """All promises that one way of choosing thresholds made, and how many outcomes came true in all."""

    kept: tuple[Kept, ...]
    positives: int

    @property
    def precision(self) -> float:
        """Of all that was applied, the share that was right."""
        return sum(one.right for one in self.kept) / max(1, sum(one.applied for one in self.kept))

    @property
    def coverage(self) -> float:
        """Of all that came true, the share that was applied."""
        return sum(one.right for one in self.kept) / max(1, self.positives)

    @property
    def broken(self) -> int:
        """How many promises are broken."""
        return sum(one.is_broken for one in self.kept)


def measure(settings: Settings, source: FeatureSource, tags: Sequence[Tag]) -> list[Figure]:
    """The figures of `quality.*` about promises, with the champions' kinds of model.

    Raises:
        NotReadyError: Nothing was promoted yet.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    until = datetime.fromisoformat(registry.resolve("interest").tags["until"])
    plan = plan_cutoffs(until, Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until)))
    panel = build_panel(source, plan.cutoffs, horizon=Horizon(settings.horizon_days, until))
    counts = counted(source)
    rows = interest_rows(panel, [tag.key for tag in tags], counts.activity)
    interest = _track(interest_contest(counts), champion(registry, "interest"), rows, plan, settings.seed)
    churn = _track(CHURN, champion(registry, "churn"), churn_rows(panel), plan, settings.seed)
    origins = plan.judged[-ORIGINS:]
    found = {name: _over(interest, origins, tags, choose) for name, choose in PROCEDURES.items()}
    return [
        *_calibration(interest.later(plan.tests), churn.later(plan.tests)),
        *_promises(found, len(origins)),
    ]


def _track(contest: Contest, kind: str, rows: Rows, plan: Plan, seed: int) -> Track:
    cutoffs = plan.judged[-(ORIGINS + CUTOFFS) :]
    scored = forward_scores(contest, (kind,), rows, plan, cutoffs, seed=seed)
    return Track(plan.calendar, kind, dict(zip(cutoffs, scored, strict=True)))


def _certified(evidence: Evidence, tags: Sequence[Tag]) -> Thresholds:
    return {key: one.threshold for key, one in certify_tags(evidence, tags).items()}


def _naive(_evidence: Evidence, tags: Sequence[Tag]) -> Thresholds:
    return {tag.key: tag.target_precision for tag in tags}


def _by_mapie(evidence: Evidence, tags: Sequence[Tag]) -> Thresholds:
    """MAPIE's controller for each tag, on one random cutoff of each household."""
    controller = importlib.import_module("mapie.risk_control").BinaryClassificationController
    P, Y = (
        pd.concat(frames, keys=range(len(frames))) for frames in (evidence.probabilities, evidence.labels)
    )
    drawn = pd.Series(np.random.default_rng(0).random(len(P)), index=P.index)
    rows = drawn.groupby(level=1).idxmax()
    return {tag.key: _of_one(controller, P.loc[rows, tag.key], Y.loc[rows, tag.key], tag) for tag in tags}


def _of_one(controller: Any, p: "pd.Series[float]", y: "pd.Series[float]", tag: Tag) -> float | None:
    told = y.notna().to_numpy()
    one = controller(
        lambda X: np.column_stack([1 - X[:, 0], X[:, 0]]),
        risk="precision",
        target_level=tag.target_precision,
        confidence_level=tag.confidence,
        list_predict_params=np.array(MAPIE_THRESHOLDS),
        fwer_method="bonferroni_holm",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no threshold is valid, which is an answer here
        one.calibrate(p.to_numpy()[told, None], y.to_numpy()[told].astype(int))
    valid = np.atleast_1d(one.valid_predict_params)
    return float(valid.min()) if len(valid) else None


PROCEDURES: Mapping[str, Callable[[Evidence, Sequence[Tag]], Thresholds]] = {
    "": _certified,
    "naive_": _naive,
    "mapie_": _by_mapie,
}


def _over(
    track: Track,
    origins: Iterable[datetime],
    tags: Sequence[Tag],
    choose: Callable[[Evidence, Sequence[Tag]], Thresholds],
) -> Procedure:
    kept: list[Kept] = []
    positives = 0
    for origin in origins:
        calibration, after = track.calibration_at(origin), track.holdouts[origin]
        now = Evidence.of([after], track.kind, calibration).probabilities[0]
        chosen = choose(Evidence.of(track.known_at(origin), track.kind, calibration), tags)
        positives += int(np.nansum(after.labels.to_numpy(dtype=np.float64)))
        for tag in tags:
            threshold = chosen[tag.key]
            if threshold is not None:
                applied = (now[tag.key] >= threshold) & after.labels[tag.key].notna()
                right = int(after.labels.loc[applied, tag.key].sum())
                kept.append(Kept(after.name, tag.key, tag.target_precision, int(applied.sum()), right))
    return Procedure(tuple(kept), positives)


def _calibration(interest: Later, churn: Later) -> list[Figure]:
    worst = max(interest.figures().items(), key=lambda one: one[1] if one[0].startswith("ece/") else 0.0)
    return [
        Figure(
            "quality.ece",
            interest.error,
            Text(
                "calibration error of tags on later cutoffs, {chance} of it by chance; by tag at most {worst} ({tag})",
                {
                    "chance": f"{interest.chance:.4f}",
                    "worst": f"{worst[1]:.3f}",
                    "tag": worst[0].removeprefix("ece/"),
                },
            ),
            CALIBRATION.aim,
            at_most=True,
        ),
        Figure(
            "quality.churn_ece",
            churn.error,
            Text("calibration error of churn, {chance} of it by chance", {"chance": f"{churn.chance:.4f}"}),
        ),
    ]


def _promises(found: Mapping[str, Procedure], n_origins: int) -> list[Figure]:
    figures: list[Figure] = []
    for prefix, procedure in found.items():
        is_ours = not prefix
        how = prefix.removesuffix("_") or "certified"
        below = sum(one.is_below for one in procedure.kept)
        about = {"how": how, "origins": n_origins, "kept": len(procedure.kept)}
        by_origin = Counter(one.origin for one in procedure.kept)
        said = ", ".join(f"{name} {count}" for name, count in by_origin.items())
        figures += [
            Figure(
                f"quality.{prefix}certified_tags",
                len(procedure.kept) / n_origins,
                Text("{how}: tags an origin ({said})", {**about, "said": said}),
            ),
            Figure(
                f"quality.{prefix}promises_broken_share",
                procedure.broken / max(1, len(procedure.kept)),
                Text(
                    "{how}: {broken} of {kept} promises at {origins} origins broken, {below} raw shares below target",
                    {**about, "broken": procedure.broken, "below": below},
                ),
                MOST_BROKEN if is_ours else None,
                at_most=True,
            ),
            Figure(
                f"quality.{prefix}pooled_precision_at_apply",
                procedure.precision,
                Text("{how}: share of what was applied that came true", about),
                _pooled_target(procedure) if is_ours else None,
            ),
            Figure(
                f"quality.{prefix}coverage_at_apply",
                procedure.coverage,
                Text("{how}: share of what came true that was applied", about),
            ),
        ]
    return figures


def _pooled_target(procedure: Procedure) -> float:
    """The targets' mean, weighted by how many each tag was applied to."""
    applied = sum(one.applied for one in procedure.kept)
    return sum(one.target * one.applied for one in procedure.kept) / applied if applied else 0.0
