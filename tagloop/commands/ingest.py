"""`tagloop ingest`: load a shop's files."""

from pathlib import Path
from typing import Annotated

import typer

from features.ingest import Report, ingest
from features.sources import count_rows, load_mapping
from tagloop.console import Terminal
from tagloop.session import Session, open_session


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("ingest", help=terminal.say("Load a shop's files as a mapping describes them"))
    def command(
        mapping: Annotated[Path, typer.Argument(help=terminal.say("The mapping file (YAML)"))],
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            report = load(session, mapping, terminal)
        if json:
            terminal.json(vars(report))
        else:
            show(report, terminal)


def load(session: Session, file: Path, terminal: Terminal) -> Report:
    """Load with progress shown."""
    mapping = load_mapping(file)
    session.settings.home.mkdir(parents=True, exist_ok=True)
    buckets = session.settings.lake_buckets
    totals = {"events": count_rows(mapping), "commit": buckets, "histories": buckets}
    with terminal.steps() as steps:
        return ingest(
            mapping,
            session.settings,
            session.store,
            session.clock,
            progress=lambda step, done: steps.at(STEPS[step], done, totals.get(step)),
        )


def show(report: Report, terminal: Terminal) -> None:
    """Print what became of the rows."""
    rows = [
        *((f"  {type_}", count) for type_, count in sorted(report.accepted_by_type.items())),
        (terminal.say("Events accepted"), report.accepted),
        (terminal.say("Duplicates"), report.duplicates),
        *(
            (f"{terminal.say('Rejected')}: {reason}", count)
            for reason, count in sorted(report.rejected.items())
        ),
        (terminal.say("Items"), report.items),
        (terminal.say("Profile facts"), report.facts),
        (terminal.say("Customers in these events"), report.customers),
    ]
    terminal.table("What was loaded", ["", "Rows"], rows)
    if report.rejected:
        terminal.note("Rejected rows are kept with their reason and line in the table `rejects`")


STEPS = {
    "items": "Items",
    "attributes": "Profile facts",
    "events": "Events read",
    "commit": "Buckets written",
    "histories": "Histories packed",
}
