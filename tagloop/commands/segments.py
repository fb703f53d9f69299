"""`tagloop segments`: the segments that serve, and what became of each over the trainings."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any

import typer

from core.errors import NotFoundError
from models.release import Release
from models.release_read import load_release
from models.segment_change import Change
from models.segment_words import RULE, said
from tagloop.console import Terminal
from tagloop.session import open_session
from tags.segment_history import line_of, run_of_last
from tags.tables import SegmentStep


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    segments = typer.Typer(
        help=terminal.say("List the segments, and what became of each over the trainings"),
        invoke_without_command=True,
    )
    app.add_typer(segments, name="segments")

    @segments.callback()
    def list_(
        context: typer.Context,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        with open_session() as session:
            release = load_release(session.settings.releases_path)
        if json:
            terminal.json(
                {
                    "ari": release.facts.segments_ari,
                    "segments": [one.model_dump() for one in release.facts.segments],
                }
            )
        else:
            _list(release, terminal)

    @segments.command("history", help=terminal.say("Tell what became of a segment, or of all, newest first"))
    def history(
        key: Annotated[str | None, typer.Argument(help=terminal.say("The key of a segment"))] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            origin = load_release(session.settings.releases_path).facts.origins.get("segments")
            with session.store.read() as connection:
                line = line_of(connection, origin.run_id if origin else run_of_last(connection))
        steps = [step for step in line if key in {None, step.key}]
        if key is not None and not steps:
            known = ", ".join(sorted({step.key for step in line})) or "-"
            raise NotFoundError(
                "No segment ever had the key {key}; there were: {known}", key=key, known=known
            )
        if json:
            terminal.json([_as_json(step) for step in steps])
        else:
            _history(steps, line, terminal)


def _list(release: Release, terminal: Terminal) -> None:
    facts = release.facts
    if not facts.segments:
        refusal = facts.refusal("segments")
        terminal.line("There are no segments")
        if refusal is not None:
            terminal.mark(refusal.said.zh if terminal.language == "zh" else refusal.said.en, good=False)
        return
    rows = [
        (
            one.key,
            one.names.zh if terminal.language == "zh" else one.names.en,
            "" if one.size is None else one.size,
            "" if one.share is None else f"{one.share:.0%}",
            "" if one.found_again is None else f"{one.found_again:.0%}",
        )
        for one in facts.segments
    ]
    terminal.table("Segments", ["key", "segment", "customers", "share", "found again"], rows)
    if facts.segments_ari is not None:
        terminal.line(
            "Segments from resampled customers agree with these to {ari} (adjusted Rand index, 1 is the same)",
            ari=f"{facts.segments_ari:.2f}",
        )


def _history(steps: Sequence[SegmentStep], line: Sequence[SegmentStep], terminal: Terminal) -> None:
    language = terminal.language
    names = {step.key: _name(step, terminal) for step in reversed(line)}
    for version, of_version in groupby(steps, key=lambda step: (step.version, step.until.date())):
        terminal.line("Version {version}, trained until {until}", version=version[0], until=version[1])
        for step in of_version:
            what = said(Change(step.change), step.overlap, step.flows, names, language)
            terminal.line("{segment}: {what}", segment=f"  {_name(step, terminal)} ({step.key})", what=what)
    terminal.note(RULE.message, **RULE.values)


def _name(step: SegmentStep, terminal: Terminal) -> str:
    return step.name_zh if terminal.language == "zh" else step.name_en


def _as_json(step: SegmentStep) -> dict[str, Any]:
    return {
        "key": step.key,
        "version": step.version,
        "compared_with": step.before_version,
        "until": step.until.isoformat(),
        "change": step.change,
        "overlap": step.overlap,
        "flows": step.flows,
        "names": {"en": step.name_en, "zh": step.name_zh},
        "customers": step.customers,
    }
