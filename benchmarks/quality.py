"""How good the promoted models are beside the small logistic regression, on what came later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from features.build import Panel, build_panel
from features.outcomes import Horizon
from features.source import FeatureSource, data_begins_at
from models.evaluation import Comparison, compare
from models.needs import STABLE_SEGMENTS
from models.registry import Registry
from models.segments import CustomerSegments
from training.candidates import CHURN, Contest, interest_contest
from training.counted import Counted, counted
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.data import Rows, churn_rows, interest_rows
from training.forward import forward_scores

SMALL = "logistic"


@dataclass(frozen=True, eq=False)
class Compared:
    """The champion's kind of model beside the small one at the test cutoffs; `new`: among labels new to a customer."""

    kind: str
    whole: Comparison
    new: Comparison | None


def measure(settings: Settings, source: FeatureSource, tags: Sequence[str]) -> list[Figure]:
    """The figures `quality.*`, trained and tested again from the lake as `tagloop train` does.

    Only the champions' kinds of model and the small logistic regression take part, at the test cutoffs, which had no
    say in choosing the champions. Each figure is the mean over those cutoffs.

    Raises:
        NotReadyError: Nothing was promoted yet.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    until = datetime.fromisoformat(registry.resolve("interest").tags["until"])
    calendar = Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until))
    plan = plan_cutoffs(until, calendar)
    panel = build_panel(source, [*plan.cutoffs, until], horizon=Horizon(settings.horizon_days, until))
    counts = counted(source)
    compared = {
        contest.model: _compared(contest, champion(registry, contest.model), rows, plan, settings.seed)
        for contest, rows in _rows(panel, tags, counts)
    }
    columns, active = counts.to_segment(panel.at(until).features)
    segments = CustomerSegments(columns, seed=settings.seed).fit(active)
    return [*_interest(compared["interest"]), *_churn(compared["churn"]), _segments(segments)]


def champion(registry: Registry, model: str) -> str:
    """The kind of model that was promoted, by its name in the comparison table."""
    run = registry.client.get_run(registry.resolve(model).run_id)
    return str(run.data.params["model"])


def _rows(panel: Panel, tags: Sequence[str], counts: Counted) -> list[tuple[Contest, Rows]]:
    interest = interest_rows(panel, tags, counts.activity)
    return [(interest_contest(counts), interest), (CHURN, churn_rows(panel))]


def _compared(contest: Contest, kind: str, rows: Rows, plan: Plan, seed: int) -> Compared:
    holdouts = forward_scores(contest, (SMALL, kind), rows, plan, plan.tests, seed=seed)
    slices = [holdout.sliced() for holdout in holdouts if holdout.new is not None]
    whole, *new = (
        compare(ones, default=SMALL, metric=contest.metric, seed=seed) for ones in (holdouts, slices) if ones
    )
    return Compared(kind, whole, new[0] if new else None)


def _interest(found: Compared) -> list[Figure]:
    figures = _means("macro_ap", "macro average precision over tags, {model}", found.kind, found.whole)
    figures.append(_ratio("macro_ap_vs_lr", found.kind, found.whole, target=1.02))
    if found.new is not None:
        meaning = "the same among tags not bought for 84 days, {model}"
        figures += _means("macro_ap_slice", meaning, found.kind, found.new)
        figures.append(_ratio("slice_vs_lr", found.kind, found.new, target=1.10))
    return figures


def _churn(found: Compared) -> list[Figure]:
    meaning = "area under the ROC curve of churn, {model}"
    figures = _means("churn_auc", meaning, found.kind, found.whole, target=0.86)
    return [*figures, _ratio("churn_auc_vs_lr", found.kind, found.whole, target=1.0)]


def _segments(segments: CustomerSegments) -> Figure:
    meaning = Text(
        "adjusted Rand index of {n} segments with those of resampled customers", {"n": len(segments.names_)}
    )
    return Figure(
        "quality.segment_ari", float(segments.stability_.ari.mean()), meaning, STABLE_SEGMENTS.least
    )


def _means(
    name: str, meaning: str, kind: str, comparison: Comparison, target: float | None = None
) -> list[Figure]:
    means = comparison.table["mean"]
    return [
        Figure(f"quality.{name}", float(means[kind]), Text(meaning, {"model": kind}), target),
        Figure(f"quality.lr_{name}", float(means[SMALL]), Text(meaning, {"model": SMALL})),
    ]


def _ratio(name: str, kind: str, comparison: Comparison, *, target: float) -> Figure:
    estimate, low, high = comparison.ratio(kind, SMALL)
    meaning = Text(
        "{model} over {other}, paired 95% interval {low} to {high}",
        {"model": kind, "other": SMALL, "low": f"{low:.3f}", "high": f"{high:.3f}"},
    )
    return Figure(f"quality.{name}", estimate, meaning, target)
