"""`tagloop rejects`: the rows that loads refused, and why."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Select, func, select

from core.errors import InvalidInputError
from features.sources import REASONS
from features.tables import Rejected
from tagloop.console import Terminal
from tagloop.session import open_session

LIMIT = 20
COLUMNS = ("source", "file", "line", "reason", "detail", "content", "rejected_at")
_CONTENT_SHOWN = 80
_BATCH = 1_000


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("rejects", help=terminal.say("List the rows that loads refused, and why"))
    def command(
        reason: Annotated[
            str | None, typer.Option(help=terminal.say("Only rows of this reason, row by row"))
        ] = None,
        source: Annotated[str | None, typer.Option(help=terminal.say("Only rows of this source"))] = None,
        limit: Annotated[int, typer.Option(min=1, help=terminal.say("How many rows to show"))] = LIMIT,
        csv: Annotated[
            Path | None, typer.Option("--csv", help=terminal.say("Write all of them to this file"))
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            chosen = _chosen(connection, reason, source)
            if csv is not None:
                count = export(connection, chosen, csv)
                terminal.line("{count} rows in {file}", count=count, file=csv)
            elif reason is not None:
                _rows(connection, chosen.limit(limit), terminal, json=json)
            else:
                _counts(connection, chosen, terminal, json=json)


def _chosen(connection: Connection, reason: str | None, source: str | None) -> Select[Any]:
    """The rows asked for, in the files' order.

    Raises:
        InvalidInputError: No row has that reason or source.
    """
    columns = [getattr(Rejected, name) for name in COLUMNS]
    query = select(*columns).order_by(Rejected.source, Rejected.file, Rejected.line)
    for column, wanted in ((Rejected.reason, reason), (Rejected.source, source)):
        if wanted is None:
            continue
        known = sorted(connection.scalars(select(column).distinct()))
        if wanted not in known:
            raise InvalidInputError(
                "no rejected row has {column} {wanted}; there is: {known}",
                column=column.key,
                wanted=repr(wanted),
                known=", ".join(known) or "-",
            )
        query = query.where(column == wanted)
    return query


def _counts(connection: Connection, chosen: Select[Any], terminal: Terminal, *, json: bool) -> None:
    rows = chosen.order_by(None).subquery()
    keys = (rows.c.source, rows.c.file, rows.c.reason)
    counted = connection.execute(
        select(*keys, func.count().label("rows")).group_by(*keys).order_by(func.count().desc(), *keys)
    ).all()
    if json:
        terminal.json([dict(row._mapping) for row in counted])  # noqa: SLF001 (SQLAlchemy's public name)
        return
    if not counted:
        terminal.line("No row was rejected")
        return
    table = [(row.source, row.file, row.reason, _said(row.reason, terminal), row.rows) for row in counted]
    terminal.table("Rejected rows", ["source", "file", "reason", "meaning", "rows"], table)
    terminal.note("One reason row by row: `tagloop rejects --reason {reason}`", reason=counted[0].reason)


def _rows(connection: Connection, chosen: Select[Any], terminal: Terminal, *, json: bool) -> None:
    rows = [dict(row) for row in connection.execute(chosen).mappings()]
    if json:
        terminal.json(rows)
        return
    table = [(row["file"], str(row["line"]), row["detail"], row["content"][:_CONTENT_SHOWN]) for row in rows]
    terminal.table("Rejected rows", ["file", "row", "to blame", "the whole row"], table)


def _said(reason: str, terminal: Terminal) -> str:
    return REASONS[reason].render(terminal.language) if reason in REASONS else reason


def export(connection: Connection, chosen: Select[Any], file: Path) -> int:
    """Write the rows to a CSV file that spreadsheets open; their number.

    Raises:
        InvalidInputError: The file's folder does not exist.
    """
    if not file.parent.is_dir():
        raise InvalidInputError("--csv: the folder {folder} does not exist", folder=file.parent)
    count = 0
    with file.open("w", newline="", encoding="utf-8-sig") as out:  # without the mark, Excel garbles Chinese
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for row in _in_batches(connection, chosen):
            writer.writerow(row)
            count += 1
    return count


def _in_batches(connection: Connection, chosen: Select[Any]) -> Iterator[Any]:
    yield from connection.execution_options(yield_per=_BATCH).execute(chosen)
