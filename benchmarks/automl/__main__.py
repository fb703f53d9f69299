"""`python -m benchmarks.automl`: search, compare, print, and write `automl.json` in the home."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.automl.beside import Beside, beside
from benchmarks.automl.environment import make_environment, search
from benchmarks.automl.jobs import write_jobs
from benchmarks.quality import champion
from core.errors import TagloopError
from features.build import build_panel
from features.outcomes import Horizon
from features.source import data_begins_at, open_source
from models.registry import Registry
from tagloop.console import Terminal, make_terminal
from tagloop.session import Session, open_session
from training.candidates import CHURN, interest_contest
from training.counted import counted
from training.cutoffs import Calendar, plan_cutoffs
from training.data import churn_rows, interest_rows

FILE = "automl.json"


def main(seconds: Annotated[float, typer.Option(min=5, help="Limit of each search")] = 60.0) -> None:
    """Compare the promoted models with FLAML, which gets so many seconds for each label and cutoff."""
    terminal = make_terminal()
    try:
        with open_session() as session:
            found = run(session, terminal, seconds)
            for one in found:
                show(one, terminal)
            file = session.settings.home / FILE
            content = {"seconds": seconds, "tables": [asdict(one) for one in found]}
            file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            terminal.note("Written to {file}", file=file)
    except TagloopError as error:
        terminal.fail(error)
        sys.exit(1)


def run(session: Session, terminal: Terminal, seconds: float) -> list[Beside]:
    """The comparison of both models, on the test cutoffs of the promoted ones; a search that stopped goes on.

    Raises:
        NotReadyError: Nothing was promoted yet.
        UnavailableError: The AutoML system could not be installed, or failed.
    """
    settings, taxonomy = session.settings, session.taxonomy
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    until = datetime.fromisoformat(registry.resolve("interest").tags["until"])
    source = open_source(settings, session.store, taxonomy.groups, targets=taxonomy.targets)
    plan = plan_cutoffs(until, Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until)))
    panel = build_panel(source, plan.cutoffs, horizon=Horizon(settings.horizon_days, until))
    counts = counted(source)
    tags = [tag.key for tag in taxonomy.outcome_tags]
    rows = {"interest": interest_rows(panel, tags, counts.activity), "churn": churn_rows(panel)}
    folder = Path(settings.home) / "automl"
    jobs = write_jobs(folder, rows, plan, seconds=seconds, seed=settings.seed)
    with terminal.steps() as steps:
        steps.at("Environment", 0, 1)
        python = make_environment(folder / "environment")
        steps.at("Environment", 1, 1)
        for done, _ in enumerate(search(python, folder), start=1):
            steps.at("Searches", done, len(jobs))
    return [
        beside(
            contest, champion(registry, contest.model), rows[contest.model], plan, folder, seed=settings.seed
        )
        for contest in (interest_contest(counts), CHURN)
    ]


def show(found: Beside, terminal: Terminal) -> None:
    """Print one table, and how far the promoted kind is ahead of the AutoML system."""
    title = {"interest": "Interest: macro average precision", "churn": "Churn: AUC"}[found.model]
    rows = [
        (
            line.model,
            line.mean,
            f"{line.low:.3f} {line.high:.3f}",
            "" if line.ahead is None else _interval(line.ahead),
            float("nan") if line.new is None else line.new,
            f"{line.seconds:,.0f}",
        )
        for line in found.lines
    ]
    terminal.table(
        title,
        ("model", "mean", "interval", "against default, 95%", "not bought 84d", "processor seconds"),
        rows,
    )
    terminal.line(
        "{model} against {other}: {difference}",
        model=found.kind,
        other="FLAML",
        difference=_interval(found.ahead),
    )
    if found.ahead_new is not None:
        terminal.line(
            "The same among tags not bought for 84 days: {difference}", difference=_interval(found.ahead_new)
        )


def _interval(difference: tuple[float, float, float]) -> str:
    return "{:+.3f} ({:+.3f} {:+.3f})".format(*difference)


if __name__ == "__main__":
    typer.run(main)
