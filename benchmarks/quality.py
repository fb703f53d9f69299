"""How good the promoted models are beside the small logistic regression, on what came later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from features.build import Panel, build_panel
from features.outcomes import Horizon
from features.source import FeatureSource, data_begins_at
from models.registry import Registry
from training.candidates import CHURN, INTEREST, Contest
from training.contest import Result, hold
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.data import Rows, churn_rows, interest_rows

SMALL = "logistic"


def measure(settings: Settings, source: FeatureSource, tags: Sequence[str]) -> list[Figure]:
    """The figures `quality.*`, trained and tested again from the lake as `tagloop train` does.

    Only the champions' kinds of model and the small logistic regression take part, at the cutoffs that the
    champions were tested on. Each figure is the mean over those cutoffs.

    Raises:
        NotReadyError: Nothing was promoted yet.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    champions = {contest.model: champion(registry, contest.model) for contest in (INTEREST, CHURN)}
    until = datetime.fromisoformat(registry.resolve("interest").tags["until"])
    calendar = Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until))
    plan = plan_cutoffs(until, calendar)
    panel = build_panel(source, plan.cutoffs, horizon=Horizon(settings.horizon_days, until))
    results = {
        contest.model: _hold(contest, champions[contest.model], rows, plan, settings)
        for contest, rows in _rows(panel, tags)
    }
    return _figures(results, champions)


def champion(registry: Registry, model: str) -> str:
    """The kind of model that was promoted, by its name in the comparison table."""
    run = registry.client.get_run(registry.resolve(model).run_id)
    return str(run.data.params["model"])


def _rows(panel: Panel, tags: Sequence[str]) -> list[tuple[Contest, Rows]]:
    return [(INTEREST, interest_rows(panel, tags)), (CHURN, churn_rows(panel))]


def _hold(contest: Contest, chosen: str, rows: Rows, plan: Plan, settings: Settings) -> Result:
    wanted = dict.fromkeys((SMALL, chosen))
    smaller = replace(
        contest,
        default=SMALL,
        candidates=(),
        rules=(),
        make=lambda seed: {name: contest.make(seed)[name] for name in wanted},
    )
    return hold(smaller, rows, plan, seed=settings.seed, step=lambda _text: None)


def _figures(results: Mapping[str, Result], champions: Mapping[str, str]) -> list[Figure]:
    names = {
        "macro_ap": ("interest", "mean"),
        "macro_ap_slice": ("interest", "slice_mean"),
        "churn_auc": ("churn", "mean"),
    }
    meanings = {
        "macro_ap": "macro average precision over tags, {model}",
        "macro_ap_slice": "the same among tags not bought for 84 days, {model}",
        "churn_auc": "area under the ROC curve of churn, {model}",
    }
    return [
        Figure(
            f"quality.{prefix}{name}",
            float(results[model].table[column][kind]),
            Text(meanings[name], {"model": kind}),
        )
        for prefix, of in (("", champions), ("lr_", dict.fromkeys(champions, SMALL)))
        for name, (model, column) in names.items()
        for kind in [of[model]]
    ]
