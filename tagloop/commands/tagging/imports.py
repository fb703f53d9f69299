"""`tagloop tags import`, `imports`, `undo`: tags that exist already elsewhere."""

from collections.abc import Mapping
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer

from tagloop.console import Terminal
from tagloop.session import open_session
from tags.imports.importing import Report
from tags.imports.of_file import Imported, Importing
from tags.imports.record import Kept, imports
from tags.imports.refusals import MEANINGS, why
from tags.imports.report import written_to
from tags.imports.rows import OUTCOMES
from tags.imports.shape import Shape, read_shape
from tags.imports.undoing import undo

REFUSED_SHOWN = 10


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands in."""
    _add_import(tags, terminal)
    _add_imports(tags, terminal)
    _add_undo(tags, terminal)


def _add_import(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("import", help=terminal.say("Import tags of customers from CSV, Excel, JSON or Parquet"))
    def import_(  # noqa: PLR0917 (typer)
        file: Annotated[
            Path,
            typer.Argument(
                help=terminal.say("The file: a tag a row, or a column a tag with yes, no or a value")
            ),
        ],
        dry_run: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--dry-run", help=terminal.say("Say what would happen; change nothing"))
        ] = False,
        mapping: Annotated[
            Path | None, typer.Option(help=terminal.say("A file (YAML) that says how the file is laid out"))
        ] = None,
        customer: Annotated[
            str | None, typer.Option(help=terminal.say("The column of the customer's id"))
        ] = None,
        tag: Annotated[
            str | None, typer.Option(help=terminal.say("The column of the tag, by key or name"))
        ] = None,
        always: Annotated[
            str | None,
            typer.Option(help=terminal.say("The tag of every row, where the file lists customers only")),
        ] = None,
        value: Annotated[str | None, typer.Option(help=terminal.say("The column of the value"))] = None,
        confidence: Annotated[
            str | None, typer.Option(help=terminal.say("The column of the confidence, from 0 to 1"))
        ] = None,
        until: Annotated[
            str | None, typer.Option(help=terminal.say("The column of the date on which the tag lapses"))
        ] = None,
        split: Annotated[
            str | None, typer.Option(help=terminal.say("What parts several tags in a cell"))
        ] = None,
        no_means: Annotated[
            str | None,
            typer.Option(help=terminal.say("What a no says: does_not_fit (the tag is kept off), or nothing")),
        ] = None,
        report: Annotated[
            Path | None,
            typer.Option(help=terminal.say("Write what became of every row to this new file (CSV)")),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        given = {
            "customer": customer,
            "tag": tag,
            "always": always,
            "value": value,
            "confidence": confidence,
            "until": until,
            "split": split,
            "no_means": no_means,
        }
        shape = _shape(mapping, {name: one for name, one in given.items() if one is not None})
        with (
            open_session() as session,
            written_to(report, terminal.language) as sink,
            terminal.steps() as steps,
        ):
            settings = session.settings
            where = Importing(
                session.store, settings.home, session.taxonomy, settings.zone, session.clock.now()
            )

            def progress(done: int, total: int) -> None:
                steps.at("Rows", done, total)

            done = (
                where.dry_run(file, shape, sink, progress)
                if dry_run
                else where.run(file, shape, sink, progress, by=getuser())
            )
        if json:
            terminal.json(_as_json(done.report, terminal))
        else:
            _show(done, terminal)
            if report is not None:
                terminal.line("What became of every row is in {file}", file=report)


def _shape(mapping: Path | None, given: Mapping[str, str]) -> Shape:
    """What the mapping says, and what the options say beside it."""
    shape = Shape() if mapping is None else read_shape(mapping)
    said = {name: getattr(shape, name) for name in shape.model_fields_set}
    return Shape.model_validate({**said, **given})


def _show(done: Imported, terminal: Terminal) -> None:
    report, tally = done.report, done.report.tally
    layout = ", ".join(f"{part}: {column}" for part, column in done.shape.columns.items())
    terminal.note("Read as {layout}", layout=layout)
    if done.same_as is not None:
        terminal.note(
            "The same file was imported on {at} as {id}",
            at=f"{done.same_as.made_at:%Y-%m-%d %H:%M}",
            id=done.same_as.import_id,
        )
    if report.went_on_after:
        terminal.note(
            "An earlier run had come to line {line} and was stopped there; this one went on behind it",
            line=report.went_on_after,
        )
    rows = [(terminal.say(outcome), "", tally.counts[outcome]) for outcome in OUTCOMES]
    rows += [
        (f"  {reason}", MEANINGS[reason].render(terminal.language), count)
        for reason, count in sorted(tally.reasons.items(), key=lambda pair: -pair[1])
    ]
    title = "What would become of the rows" if report.is_dry_run else "What became of the rows"
    terminal.table(title, ["", "", "Rows"], rows)
    _show_refused(tally.refused, terminal)
    for tag, count in report.outranks.items():
        terminal.note(
            "{tag} is not a tag of imports: in {count} rows the import stands above what else gives it",
            tag=tag,
            count=f"{count:,}",
        )
    if not report.is_dry_run:
        terminal.line("Imported as {id}; undo it with: tagloop tags undo {id}", id=report.import_id)


def _show_refused(refused: list[dict[str, Any]], terminal: Terminal) -> None:
    if not refused:
        return
    rows = [
        (one["line"], one["customer_id"] or "", one["tag"] or "", _why(one, terminal))
        for one in refused[:REFUSED_SHOWN]
    ]
    terminal.table("Refused rows", ["line", "customer", "tag", "why"], rows)
    if len(refused) > REFUSED_SHOWN:
        terminal.note("All rows with their reasons: add --report FILE")


def _why(one: Mapping[str, Any], terminal: Terminal) -> str:
    return why(one["reason"], **one["values"]).render(terminal.language)


def _as_json(report: Report, terminal: Terminal) -> dict[str, Any]:
    tally = report.tally
    return {
        "import_id": None if report.is_dry_run else report.import_id,
        "is_dry_run": report.is_dry_run,
        "rows": tally.rows,
        **{outcome: tally.counts[outcome] for outcome in OUTCOMES},
        "reasons": dict(tally.reasons),
        "outranks": dict(report.outranks),
        "refused_rows": [{**one, "why": _why(one, terminal)} for one in tally.refused],
    }


def _add_imports(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("imports", help=terminal.say("List the imports, the newest first"))
    def imports_(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            found = imports(connection)
        if json:
            terminal.json([_kept_as_json(kept) for kept in found])
            return
        rows = [
            (
                kept.import_id,
                f"{kept.made_at:%Y-%m-%d %H:%M}",
                kept.made_by,
                kept.file,
                *(kept.tally.counts[outcome] for outcome in OUTCOMES),
                terminal.say(kept.state),
            )
            for kept in found
        ]
        terminal.table("Imports", ["id", "made", "by", "file", *OUTCOMES, "state"], rows)


def _kept_as_json(kept: Kept) -> dict[str, Any]:
    return {
        "import_id": kept.import_id,
        "file": kept.file,
        "made_by": kept.made_by,
        "made_at": kept.made_at,
        "rows": kept.tally.rows,
        **{outcome: kept.tally.counts[outcome] for outcome in OUTCOMES},
        "state": kept.state,
        "undone_at": kept.undone_at,
        "undone_by": kept.undone_by,
    }


def _add_undo(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("undo", help=terminal.say("Take an import back as a whole"))
    def undo_(import_id: Annotated[str, typer.Argument(help=terminal.say("The import's id"))]) -> None:
        with open_session() as session:
            _, ended = undo(
                session.store, import_id, by=getuser(), taxonomy=session.taxonomy, now=session.clock.now()
            )
        terminal.line(
            "{id} is undone: {count} tags were taken back, and what it had replaced of earlier imports returned",
            id=import_id,
            count=f"{ended:,}",
        )
