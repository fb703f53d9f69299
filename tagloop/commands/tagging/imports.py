"""`tagloop tags import`, `imports`, `undo`: tags that exist already elsewhere."""

from collections.abc import Mapping
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from tagloop.commands.tagging.import_options import ShapeOptions
from tagloop.commands.tagging.import_told import as_json, show
from tagloop.console import Terminal
from tagloop.session import open_session
from tags.imports.of_file import Imported, Importing
from tags.imports.record import imports
from tags.imports.report import written_to
from tags.imports.rows import OUTCOMES
from tags.imports.shape import Shape, read_shape
from tags.imports.telling import entry
from tags.imports.undoing import undo


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands in."""
    _add_import(tags, terminal)
    _add_imports(tags, terminal)
    _add_undo(tags, terminal)


def _add_import(tags: typer.Typer, terminal: Terminal) -> None:
    of = ShapeOptions.said(terminal)
    file_ = typer.Argument(
        help=terminal.say("The file: a tag a row, or a column a tag with yes, no or a value")
    )
    dry = typer.Option("--dry-run", help=terminal.say("Say what would happen; change nothing"))
    to = typer.Option(help=terminal.say("Write what became of every row to this new file (CSV)"))
    as_json_ = typer.Option("--json", help=terminal.say("Print JSON"))

    @tags.command("import", help=terminal.say("Import tags of customers from CSV, Excel, JSON or Parquet"))
    def import_(  # noqa: PLR0917 (typer)
        file: Annotated[Path, file_],
        dry_run: Annotated[bool, dry] = False,  # noqa: FBT002 (typer)
        mapping: Annotated[Path | None, of.mapping] = None,
        customer: Annotated[str | None, of.customer] = None,
        tag: Annotated[str | None, of.tag] = None,
        always: Annotated[str | None, of.always] = None,
        value: Annotated[str | None, of.value] = None,
        confidence: Annotated[str | None, of.confidence] = None,
        until: Annotated[str | None, of.until] = None,
        split: Annotated[str | None, of.split] = None,
        no_means: Annotated[str | None, of.no_means] = None,
        report: Annotated[Path | None, to] = None,
        json: Annotated[bool, as_json_] = False,  # noqa: FBT002 (typer)
    ) -> None:
        given = {"customer": customer, "tag": tag, "always": always, "value": value, "confidence": confidence}
        given |= {"until": until, "split": split, "no_means": no_means}
        shape = _shape(mapping, {name: one for name, one in given.items() if one is not None})
        done = _import(file, shape, report, terminal, dry_run=dry_run)
        if json:
            terminal.json(as_json(done.report, terminal.language))
        else:
            show(done, report, terminal)


def _shape(mapping: Path | None, given: Mapping[str, str]) -> Shape:
    """What the mapping says, and what the options say beside it."""
    shape = Shape() if mapping is None else read_shape(mapping)
    said = {name: getattr(shape, name) for name in shape.model_fields_set}
    return Shape.model_validate({**said, **given})


def _import(file: Path, shape: Shape, report: Path | None, terminal: Terminal, *, dry_run: bool) -> Imported:
    with open_session() as session, written_to(report, terminal.language) as sink, terminal.steps() as steps:
        settings = session.settings
        where = Importing(session.store, settings.home, session.taxonomy, settings.zone, session.clock.now())

        def progress(done: int, total: int) -> None:
            steps.at("Rows", done, total)

        if dry_run:
            return where.dry_run(file, shape, sink, progress)
        return where.run(file, shape, sink, progress, by=getuser())


def _add_imports(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("imports", help=terminal.say("List the imports, the newest first"))
    def imports_(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            found = imports(connection)
        if json:
            terminal.json([entry(kept) for kept in found])
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
