"""`tagloop customers`: who meets a condition over tags and features, counted, listed or written to a file."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from sqlalchemy import Connection

from core.clock import parse_instant
from core.errors import InvalidInputError
from features.histories import Mask
from tagloop.console import Steps, Terminal
from tagloop.session import Session, open_session
from tags.audience.condition import Condition, check_instant, read_condition
from tags.audience.roll import Roll, read_roll
from tags.audience.scan import scan
from tags.audience.writing import check_file, table_of, write_table
from tags.rules.quantiles import read_values
from tags.workings import Workings, load_workings

SHOWN = 20


@dataclass(frozen=True)
class Found:
    """Who was found, of how many, at which instant."""

    table: pa.Table
    customers: int
    at: datetime


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "customers", help=terminal.say("Find the customers who meet a condition over tags and features")
    )
    def customers(
        where: Annotated[
            str,
            typer.Option(help=terminal.say("Such as: tag.coffee and not tag.tea and spend_84d > 200")),
        ],
        out: Annotated[
            Path | None, typer.Option(help=terminal.say("Write them to this file: .csv or .parquet"))
        ] = None,
        as_of: Annotated[
            str | None, typer.Option(help=terminal.say("A past day or instant; now if left out"))
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        if out is not None:
            check_file(out, field="--out")
        with open_session() as session, terminal.steps() as steps:
            found = _find(session, where, _instant(session, as_of), steps)
        if out is not None:
            write_table(found.table, out)
        _tell(found, out, terminal, json=json)


def _instant(session: Session, text: str | None) -> datetime | None:
    if text is None:
        return None
    at, now = parse_instant(text, session.settings.zone, field="--as-of"), session.clock.now()
    if at > now:
        raise InvalidInputError(
            "{field}: {instant} lies after the clock, which says {now}",
            field="--as-of",
            instant=at.isoformat(),
            now=now.isoformat(),
        )
    return at


def _find(session: Session, where: str, as_of: datetime | None, steps: Steps) -> Found:
    taxonomy, at = session.taxonomy_as_it_is, as_of or session.clock.now()
    with session.store.read() as connection:
        workings = load_workings(connection, session.settings, taxonomy)
        names, values = workings.rulebook.names, read_values(connection)
        condition = read_condition(where, names, values, workings.spec, field="--where")
        check_instant(condition, is_past=as_of is not None, field="--where")
        roll = read_roll(connection, at, is_past=as_of is not None)
        mask = _search(condition, roll, connection, workings, steps)
        return Found(table_of(roll, mask, condition.tags, connection), roll.n_customers, at)


def _search(
    condition: Condition, roll: Roll, connection: Connection, workings: Workings, steps: Steps
) -> Mask:
    """Tags alone are answered at once; features take a look at everybody's events."""
    if not condition.beyond_the_roll:
        return condition.search(roll, connection)
    return scan(condition, roll, connection, workings, lambda done, total: steps.at("Customers", done, total))


def _tell(found: Found, out: Path | None, terminal: Terminal, *, json: bool) -> None:
    n = found.table.num_rows
    if json:
        ids = found.table.column("customer_id").to_pylist()
        terminal.json({"as_of": found.at.isoformat(), "customers": found.customers, "found": n, "ids": ids})
        return
    if out is None:
        some = found.table.slice(0, SHOWN)
        rows = list(zip(*(column.to_pylist() for column in some.columns), strict=True))
        shown = [["" if cell is None else cell for cell in row] for row in rows]
        if shown:
            terminal.table("Customers", found.table.column_names, shown)
    terminal.line(
        "{found} of {customers} customers, as of {at}",
        found=f"{n:,}",
        customers=f"{found.customers:,}",
        at=f"{found.at:%Y-%m-%d %H:%M:%S %Z}",
    )
    if out is not None:
        terminal.line("They are in {file}", file=out)
