"""`tagloop ingest`: load a shop's files; first look at them, or draft the mapping."""

import time
from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInputError
from features.contract import EventTypes
from features.ingest import Report, ingest
from features.lake import Lake
from features.sources import count_rows, load_mapping
from features.sources.checking.suspicions import suspicions
from features.sources.checking.understood import understand
from features.sources.drafting.draft_yaml import mapping_text
from features.sources.drafting.suggest import suggest as suggest_mapping
from tagloop.check_report import show_check
from tagloop.checked import Checked, check_as_json
from tagloop.console import Terminal
from tagloop.session import Session, open_session, read_settings
from tags.imports.held import apply_all_held


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("ingest", help=terminal.say("Load a shop's files as a mapping describes them"))
    def command(
        files: Annotated[
            list[Path],
            typer.Argument(help=terminal.say("The mapping file (YAML); with --suggest the shop's files")),
        ],
        check: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option(
                "--check", help=terminal.say("Read a sample and say what is understood; load nothing")
            ),
        ] = False,
        suggest: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option(
                "--suggest", help=terminal.say("Draft a mapping from the shop's files; load nothing")
            ),
        ] = False,
        out: Annotated[
            Path | None, typer.Option(help=terminal.say("With --suggest: write the draft to this new file"))
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        if suggest:
            draft(files, out, terminal)
            return
        mapping = _only_mapping(files)
        if check:
            look(mapping, terminal, json=json)
            return
        started = time.perf_counter()
        with open_session() as session:
            report = load(session, mapping, terminal)
            _apply_held(session, terminal)
        if json:
            terminal.json(vars(report))
        else:
            show(report, terminal, seconds=time.perf_counter() - started)


def _apply_held(session: Session, terminal: Terminal) -> None:
    """Imported tags that waited for customers whom this load has brought."""
    applied = apply_all_held(session.store, taxonomy=session.taxonomy, now=session.clock.now())
    if applied:
        terminal.note(
            "{count} imported tags that waited for their customers were applied", count=f"{applied:,}"
        )


def _only_mapping(files: list[Path]) -> Path:
    if len(files) != 1:
        raise InvalidInputError(
            "expected one mapping file, got {count} files; to draft a mapping from a shop's files: "
            "tagloop ingest --suggest FILES",
            count=len(files),
        )
    return files[0]


def draft(files: list[Path], out: Path | None, terminal: Terminal) -> None:
    """Print a mapping for the files, or write it.

    Raises:
        InvalidInputError: A file is not there or cannot be read, or the draft would overwrite one.
    """
    settings = read_settings()
    if out is not None and out.exists():
        raise InvalidInputError("--out: {file} is there already; name a new file", file=out)
    text = mapping_text(
        suggest_mapping(files),
        Path.cwd() if out is None else out.parent,
        timezone=settings.timezone,
        currency=settings.currency,
        language=terminal.language,
    )
    if out is None:
        terminal.out.file.write(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    terminal.line("The draft is in {file}; next: tagloop ingest {file} --check", file=out)


def look(file: Path, terminal: Terminal, *, json: bool) -> None:
    """Say what a mapping makes of a sample of its files; ends the process with 1 where something is wrong."""
    settings = read_settings()
    mapping = load_mapping(file)
    zone = mapping.date_zone(settings.zone)
    now = settings.make_clock().now()
    found = understand(mapping, EventTypes(), settings.zone, now)
    warnings = [*found.warnings, *suspicions(found, zone, now)]
    checked = Checked(mapping, found, zone, warnings)
    if json:
        terminal.json(check_as_json(checked, terminal.language))
    else:
        show_check(checked, terminal)
    if not checked.is_fine:
        raise typer.Exit(1)


def load(session: Session, file: Path, terminal: Terminal) -> Report:
    """Load with progress shown."""
    mapping = load_mapping(file)
    session.settings.home.mkdir(parents=True, exist_ok=True)
    lake = Lake(session.settings.lake_path, buckets=session.settings.lake_buckets)
    rows = count_rows(mapping)
    buckets = lake.planned_buckets(rows)
    totals = {"events": rows, "commit": buckets, "histories": buckets}
    with terminal.steps() as steps:
        return ingest(
            mapping,
            session.settings,
            session.store,
            session.clock,
            expected_events=rows,
            progress=lambda step, done: steps.at(STEPS[step], done, totals.get(step)),
        )


def show(report: Report, terminal: Terminal, *, seconds: float = 0.0) -> None:
    """Print what became of the rows."""
    rows = [
        *((f"  {type_}", count) for type_, count in sorted(report.accepted_by_type.items())),
        (terminal.say("Events accepted"), report.accepted),
        (terminal.say("Duplicates"), report.duplicates),
        *(
            (f"{terminal.say('Rejected')}: {reason}", count)
            for reason, count in sorted(report.rejected.items())
        ),
        *([(terminal.say("Skipped, as the mapping says"), report.skipped)] if report.skipped else []),
        (terminal.say("Items"), report.items),
        (terminal.say("Profile facts"), report.facts),
        (terminal.say("Customers in these events"), report.customers),
    ]
    terminal.table("What was loaded", ["", "Rows"], rows)
    for warning in report.warnings:
        terminal.note("Note: {text}", text=warning.render(terminal.language))
    if report.rejected:
        terminal.note("Rejected rows are kept with their reason and line: `tagloop rejects` lists them")
    if seconds:
        read = report.accepted + report.duplicates + report.rejected.total()
        terminal.note(
            "{seconds} s, {speed} rows a second", seconds=f"{seconds:.1f}", speed=f"{read / seconds:,.0f}"
        )


STEPS = {
    "items": "Items",
    "attributes": "Profile facts",
    "events": "Events read",
    "commit": "Buckets written",
    "histories": "Histories packed",
}
