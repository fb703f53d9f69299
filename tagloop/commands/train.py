"""`tagloop train`: train, compare, register, promote."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from models.registry import Registry
from models.segment_words import said
from models.segments import CustomerSegments
from tagloop.console import Terminal
from tagloop.reproduction import again, shown_progress
from tagloop.session import NOW, Session, open_session
from training.contest import Result
from training.lineage import Called, Lineage
from training.preflight import Finding, RefusedError
from training.train import Report, train

LONG_AGO_DAYS = 28  # nobody is active any more by then
TITLES = {"interest": "Interest: macro average precision", "churn": "Churn: AUC"}
DEVELOPMENT_TITLES = {
    "interest": "Interest, chosen on earlier cutoffs: macro average precision",
    "churn": "Churn, chosen on earlier cutoffs: AUC",
}


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "train", help=terminal.say("Train the models, compare them in MLflow, promote what passes the gates")
    )
    def command(
        until: Annotated[
            str, typer.Option(help=terminal.say("Use only what was known then; `now` is today 00:00"))
        ] = NOW,
        promote: Annotated[
            bool | None,
            typer.Option(help=terminal.say("Let the result serve; by default only with --until now")),
        ] = None,
        version: Annotated[
            str | None,
            typer.Option(
                "--reproduce",
                metavar="NAME/VERSION",
                help=terminal.say("Train that version again, register nothing, and compare the figures"),
            ),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        if version is not None:
            with open_session() as session:
                again(session, version, terminal, json=json)
            return
        with open_session() as session:
            instant = session.instant(until, field="--until")
            try:
                report = run(session, instant, terminal, promote=until == NOW if promote is None else promote)
            except RefusedError as error:
                if json:
                    terminal.json({"until": instant.isoformat(), "refused": refusals_as_json(error.refusals)})
                raise
        if json:
            terminal.json(as_json(report))
        else:
            show(report, terminal)


def run(session: Session, until: datetime, terminal: Terminal, *, promote: bool) -> Report:
    """Train with progress shown."""
    with shown_progress(terminal) as (step, progress):
        return train(
            session.settings,
            session.store,
            session.taxonomy,
            until=until,
            promote_if_good=promote,
            step=step,
            progress=progress,
        )


def show(report: Report, terminal: Terminal) -> None:
    """Print the comparison tables, the segments, what was refused, the gates and what was registered."""
    _until(report, terminal)
    for name, result in report.contests.items():
        _development(name, result, terminal)
        _comparison(TITLES[name], result.table, result.choice.promoted, terminal)
    if report.segments is not None:
        _segments(report, report.segments, terminal)
    for refusal in report.refusals:
        why = refusal.text.render(terminal.language)
        terminal.mark(terminal.say("{what} is not trained: {why}", what=refusal.name, why=why), good=False)
    if report.certificates:
        terminal.line(
            "{certified} of {count} tags may be applied without a person: {tags}",
            certified=sum(one.threshold is not None for one in report.certificates),
            count=len(report.certificates),
            tags=", ".join(one.tag for one in report.certificates if one.threshold is not None) or "-",
        )
    for gate in report.gates:
        said = f"{gate.name.render(terminal.language)}: {gate.finding.render(terminal.language)}"
        terminal.mark(said, good=gate.passed)
    versions = ", ".join(f"{name} v{version.version}" for name, version in report.versions.items())
    if report.release_id:
        terminal.line(
            "Registered and promoted: {versions} (release {release})",
            versions=versions,
            release=report.release_id,
        )
    else:
        terminal.line("Registered, not promoted: {versions}", versions=versions)


def _until(report: Report, terminal: Terminal) -> None:
    """Say that the data ends before the day that was asked for, and what follows when that is long ago."""
    days = (report.asked - report.until).days
    if days:
        terminal.line(
            "Trained until {until}: nothing is known of the {days} days from then on",
            until=report.until.date(),
            days=days,
        )
    if days >= LONG_AGO_DAYS:
        terminal.line(
            'To serve this data as if that were today, set clock = "fixed" and clock_instant = {until} in tagloop.toml',
            until=report.until.date(),
        )


def _development(name: str, result: Result, terminal: Terminal) -> None:
    """Say how the kind of model was chosen, on cutoffs before those that are reported."""
    if result.development is None:
        terminal.line(
            "{model}: too little is known before the test cutoffs to compare larger models there; {default} stands",
            model=name,
            default=result.contest.default,
        )
        return
    _comparison(DEVELOPMENT_TITLES[name], result.development.table, result.choice.model, terminal)
    _steps(result, terminal)


def _comparison(title: str, table: pd.DataFrame, chosen: str, terminal: Terminal) -> None:
    cutoffs = list(table.columns[: list(table.columns).index("mean")])
    extra = ["slice_mean"] if "slice_mean" in table.columns else []
    rows = [
        (
            f"{model} ←" if model == chosen else str(model),
            *(float(row[column]) for column in [*cutoffs, "mean"]),
            "" if not row["difference"] else _interval(row),
            *(float(row[column]) for column in extra),
        )
        for model, row in table.iterrows()
    ]
    short = [str(cutoff)[5:] for cutoff in cutoffs]
    names = ["model", *short, "mean", "against default, 95%", *(["not bought 84d"] if extra else [])]
    terminal.table(title, names, rows)


def _steps(result: Result, terminal: Terminal) -> None:
    """Say which paired differences decided: a larger model has to be ahead of the one chosen before it."""
    for model, other, estimate, low, high in result.choice.differences:
        if other in result.contest.rules:
            continue  # the gates below tell
        decided = "{model} against {other}: {difference} ({low} {high}), it takes over"
        kept = "{model} against {other}: {difference} ({low} {high}), not ahead for certain"
        terminal.line(
            decided if low > 0 else kept,
            model=model,
            other=other,
            difference=f"{estimate:+.4f}",
            low=f"{low:+.4f}",
            high=f"{high:+.4f}",
        )


def _interval(row: "pd.Series[float]") -> str:
    return f"{row['difference']:+.3f} ({row['difference_low']:+.3f} {row['difference_high']:+.3f})"


def _segments(report: Report, segments: CustomerSegments, terminal: Terminal) -> None:
    profile = segments.profile_
    rows = [
        (
            name.key,
            name.zh if terminal.language == "zh" else name.en,
            int(row["customers"]),
            f"{row['share']:.0%}",
            f"{row['found_again']:.0%}",
            *(f"{row[column]:.3g}" for column in segments.columns_),
        )
        for name, (_, row) in zip(segments.names_, profile.iterrows(), strict=True)
    ]
    names = [SHORT_NAMES.get(column, column) for column in segments.columns_]
    terminal.table(
        "Segments (medians)", ["key", "segment", "customers", "share", "found again", *names], rows
    )
    terminal.line(
        "Segments from resampled customers agree with these to {ari} (adjusted Rand index, 1 is the same)",
        ari=f"{segments.ari_:.2f}",
    )
    if report.lineage is not None and report.lineage.before is not None:
        _lineage(report.lineage, segments, terminal)


def _lineage(lineage: Lineage, segments: CustomerSegments, terminal: Terminal) -> None:
    """Say which segments are those of before, and what became of the others."""
    language = terminal.language
    names = {key: one.names.zh if language == "zh" else one.names.en for key, one in _called(lineage).items()}
    names |= {name.key: name.zh if language == "zh" else name.en for name in segments.names_}
    for step in lineage.steps:
        flows = {flow.key: flow.share for flow in step.flows}
        terminal.line(
            "{segment}: {what}",
            segment=f"{names[step.key]} ({step.key})",
            what=said(step.change, step.overlap, flows, names, language),
        )


def _called(lineage: Lineage) -> Mapping[str, Called]:
    return lineage.before.called if lineage.before else {}


SHORT_NAMES = {
    "days_since_last_purchase": "days since",
    "baskets_84d": "orders 84d",
    "basket_spend_mean_84d": "per order",
    "distinct_categories_84d": "categories",
    "discount_share_84d": "discount",
}


def as_json(report: Report) -> dict[str, Any]:
    """The report for a program."""
    return {
        "until": report.until.isoformat(),
        "release": report.release_id,
        "versions": {name: version.version for name, version in report.versions.items()},
        "comparisons": {
            name: {
                "chosen": result.choice.promoted,
                "table": result.table.reset_index().to_dict("records"),
                "development": result.development.table.reset_index().to_dict("records")
                if result.development
                else None,
            }
            for name, result in report.contests.items()
        },
        "certificates": [vars(one) for one in report.certificates],
        "gates": [{"name": str(g.name), "passed": g.passed, "finding": str(g.finding)} for g in report.gates],
        "refused": refusals_as_json(report.refusals),
        "segments": _segments_as_json(report),
    }


def _segments_as_json(report: Report) -> dict[str, Any] | None:
    if report.segments is None or report.lineage is None:
        return None
    before = report.lineage.before
    return {
        "ari": report.segments.ari_,
        "compared_with": before.version if before else None,
        "steps": [
            {
                "key": step.key,
                "change": step.change.value,
                "overlap": step.overlap,
                "flows": {flow.key: flow.share for flow in step.flows},
            }
            for step in report.lineage.steps
        ],
    }


def refusals_as_json(refusals: Sequence[Finding]) -> list[dict[str, Any]]:
    """What was not trained, for a program."""
    return [
        {
            "part": one.part,
            "tag": one.tag,
            "code": one.need.code,
            "found": one.found,
            "least": one.least,
            "because": one.text.in_each(),
        }
        for one in refusals
    ]


def ui_command(session: Session) -> str:
    """The shell command that shows the runs in a browser."""
    command = Registry(session.settings.tracking_uri, session.settings.artifacts_path).ui_command
    # Nobody has to activate the environment to paste it.
    installed = Path(sys.executable).with_name("mlflow")
    return command.replace("mlflow", str(installed), 1) if installed.exists() else command
