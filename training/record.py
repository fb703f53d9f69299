"""What a training leaves in MLflow: parameters, figures, tables and plots."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from models.certification import Certification
from models.metrics import metrics_by_tag, metrics_over_all
from models.plots import calibration_figure, comparison_figure, precision_recall_figure
from models.plots_inside import segments_figure, weights_figure
from models.plots_promise import calibration_by_tag_figure, precision_coverage_figure
from models.runs import Record
from models.segment_change import SAME_AT
from models.segments import CustomerSegments
from training.calibrate import Later
from training.certify import Evidence
from training.contest import Result
from training.cutoffs import Plan
from training.gates import Gate
from training.lineage import Lineage
from training.preflight import Finding
from training.reviewed import ReviewedResult


def record_contest(run: Record, result: Result, final: Any, plan: Plan, later: Later) -> None:
    """A contest: one child run a kind of model, and in the run itself the choice, figures by tag, and plots.

    A child's figures at the development cutoffs, where the choice fell, are named `development/macro_ap/mean`. Those
    of the chosen kind are of calibrated probabilities at the test cutoffs; `raw/ece` is of its own.
    """
    chosen = result.choice.promoted
    run.params(
        {
            "model": chosen,
            **_parameters(final),
            "cutoffs_are": plan.grid,
            "training_cutoffs": _dates(plan.final),
            "development_cutoffs": ", ".join(holdout.name for holdout in result.developed) or "none",
            "test_cutoffs": _dates(plan.tests),
        }
    )
    developed = result.development.table if result.development else result.table[:0]
    for name in dict.fromkeys((*result.table.index, *developed.index)):
        with run.child(str(name)) as child:
            for stage, table in (("", result.table), ("development/", developed)):
                if name in table.index:
                    child.metrics(_figures(f"{stage}{result.contest.metric}", table.loc[name]))
    run.metrics(_figures(result.contest.metric, result.table.loc[chosen]))
    Y, P = later.labels, later.probabilities
    run.metrics(later.figures())
    run.metrics(
        {f"raw/{name}": value for name, value in metrics_over_all(Y, later.raw).items() if name == "ece"}
    )
    run.metrics({name: value for name, value in metrics_over_all(Y, P).items() if name != "macro_ap"})
    by_tag = metrics_by_tag(Y, P)
    run.metrics({f"ap/{tag}": float(value) for tag, value in by_tag["ap"].items() if value == value})  # noqa: PLR0124
    run.table("comparison", result.table)
    if len(developed):
        run.table("development", developed)
    run.table("by_tag", by_tag.rename_axis("tag"))
    run.figure("comparison", comparison_figure(result.comparison))
    run.figure("precision_recall", precision_recall_figure(Y, P))
    run.figure("calibration", calibration_figure(Y, {chosen: P, f"{chosen}, raw": later.raw}))
    run.figure("calibration_by_tag", calibration_by_tag_figure(Y, P))
    run.figure("importance", weights_figure(final))


def record_promises(run: Record, evidence: Evidence, found: Mapping[str, Certification]) -> None:
    """What was certified: a table, how many tags, and precision against coverage with the certified points."""
    rows = {
        tag: {"certified": one.threshold is not None, **vars(one), "precision": one.precision}
        for tag, one in found.items()
    }
    run.table("certificates", pd.DataFrame.from_dict(rows, orient="index").rename_axis("tag"))
    run.metrics({"certified_tags": float(sum(one.threshold is not None for one in found.values()))})
    if evidence.labels:
        Y, P = pd.concat(evidence.labels), pd.concat(evidence.probabilities)
        run.figure("precision_coverage", precision_coverage_figure(Y, P, found))


def record_segments(run: Record, segments: CustomerSegments, lineage: Lineage | None) -> None:
    """Segments: the numbers tried, stability, the profile with its plot, and what became of those before."""
    run.params({"model": "k-means", **_parameters(segments), "chosen_segments": len(segments.names_)})
    tried = pd.DataFrame([vars(candidate) for candidate in segments.candidates_])
    run.table("numbers_tried", tried)
    chosen = tried[tried["n_segments"] == len(segments.names_)].iloc[0]
    run.metrics({name: float(chosen[name]) for name in ("silhouette", "least_share", "stability")})
    run.metrics({"stability/low": float(np.quantile(segments.stability_.ari, 0.1))})
    run.table("profile", segments.profile_.rename_axis("segment"))
    run.document("names", {name.key: {"en": name.en, "zh": name.zh} for name in segments.names_})
    run.figure("profile", segments_figure(segments))
    if lineage is not None:
        run.document("lineage", _lineage(lineage))


def _lineage(lineage: Lineage) -> dict[str, object]:
    """What became of the segments, as plain values."""
    before = lineage.before
    return {
        "compared_with": {"version": before.version, "run_id": before.run_id} if before else None,
        "same_at": SAME_AT,
        "steps": [
            {
                "key": step.key,
                "change": step.change.value,
                "overlap": step.overlap,
                "flows": {flow.key: flow.share for flow in step.flows},
            }
            for step in lineage.steps
        ],
    }


def record_reviewed(run: Record, result: ReviewedResult) -> None:
    """Reviewed tags: quality by tag from folds of whole customers, and what was left out."""
    run.params({"model": "logistic", **_parameters(result.model)})
    for tag, row in result.quality.iterrows():
        run.metrics({f"{name}/{tag}": float(row[name]) for name in ("ap", "auc") if row[name] == row[name]})
    run.table("by_tag", result.quality.rename_axis("tag"))
    run.document("left_out", {left.tag: vars(left) for left in result.left_out})


def record_gates(run: Record, gates: Sequence[Gate]) -> None:
    """What had to hold before a promotion: all of it in `gates.json`, what refuses the promotion as a tag."""
    said = [
        {"gate": str(gate.name), "passed": gate.passed, "blocks": gate.blocks, "finding": str(gate.finding)}
        for gate in gates
    ]
    run.document("gates", {"gates": said})
    refused = [f"{gate.name}: {gate.finding}" for gate in gates if gate.blocks and not gate.passed]
    if refused:
        run.tags({"promotion_refused_because": "; ".join(refused)})


def record_preflight(run: Record, findings: Sequence[Finding]) -> None:
    """What was held against the needs of one model: everything in `preflight.json`, refusals as tags."""
    refused = [finding for finding in findings if not finding.passed]
    if tags := ", ".join(dict.fromkeys(finding.tag for finding in refused if finding.tag)):
        run.tags({"refused_tags": tags})
    if whole := [finding for finding in refused if not finding.tag]:
        run.tags({"refused": whole[0].need.code, "refused_because": str(whole[0].text)})
    run.document("preflight", {"checks": [_checked(finding) for finding in findings]})


def _checked(finding: Finding) -> dict[str, object]:
    said = None if finding.passed else finding.text.in_each()
    return {
        "tag": finding.tag,
        "check": finding.need.code,
        "found": finding.found,
        "least": finding.least,
        "passed": finding.passed,
        "refused_because": said,
    }


def _figures(metric: str, row: Any) -> dict[str, float]:
    """A candidate's row, each figure named by the metric: `macro_ap/mean`, `macro_ap/2017-10-01`."""
    return {f"{metric}/{name}": float(value) for name, value in row.items() if value == value}  # noqa: PLR0124


def _parameters(estimator: Any) -> dict[str, object]:
    return dict(estimator.get_params())


def _dates(cutoffs: Sequence[datetime]) -> str:
    return ", ".join(str(cutoff.date()) for cutoff in cutoffs)
