"""`tagloop tags of`, `history-of`, `put`, `remove`, `take-back`: one customer's tags, and a person's word on them."""

import getpass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from core.clock import parse_instant
from core.ids import new_id
from serving.tagging.tagging import Tagging
from tagloop.console import Terminal
from tagloop.session import Session, open_session
from tags.profile.people import Word

HISTORY_SHOWN = 20


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    customer = typer.Argument(help=terminal.say("The customer"), show_default=False)
    key = typer.Argument(help=terminal.say("The tag's key"), show_default=False)
    _add_reading(tags, terminal, customer)
    _add_saying(tags, terminal, customer, key)
    _add_taking_back(tags, terminal, customer, key)


def _add_reading(tags: typer.Typer, terminal: Terminal, customer: Any) -> None:
    as_json = typer.Option("--json", help=terminal.say("Print JSON"))

    @tags.command("of", help=terminal.say("Show a customer's tags of all sources, each with its why"))
    def of(
        customer_id: Annotated[str, customer],
        as_of: Annotated[
            str | None, typer.Option(help=terminal.say("ISO date or time; now if left out"))
        ] = None,
        json: Annotated[bool, as_json] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            zone = session.settings.zone
            at = None if as_of is None else parse_instant(as_of, zone, field="--as-of")
            found = _tagging(session).tags_of(customer_id, at)
        if json:
            terminal.json(found)
        else:
            _show_tags(found, zone, terminal)

    @tags.command("history-of", help=terminal.say("Show how a customer's tags changed, newest first"))
    def history_of(
        customer_id: Annotated[str, customer],
        tag: Annotated[str | None, typer.Option(help=terminal.say("Only this tag"))] = None,
        limit: Annotated[int, typer.Option(min=1, max=500, help=terminal.say("So many"))] = HISTORY_SHOWN,
        json: Annotated[bool, as_json] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            zone = session.settings.zone
            found = _tagging(session).history_of(customer_id, tag=tag, limit=limit)
        if json:
            terminal.json(found)
        else:
            _show_history(found, zone, terminal)


def _add_saying(tags: typer.Typer, terminal: Terminal, customer: Any, key: Any) -> None:
    by = typer.Option(help=terminal.say("Who says it; the user of this machine if left out"))
    note = typer.Option(help=terminal.say("A note that is kept with it"))

    @tags.command("put", help=terminal.say("Put a tag on a customer; it outranks rules, imports and models"))
    def put(
        customer_id: Annotated[str, customer],
        tag: Annotated[str, key],
        value: Annotated[str | None, typer.Option(help=terminal.say("Of a tag with values: which"))] = None,
        note: Annotated[str | None, note] = None,
        by: Annotated[str | None, by] = None,
    ) -> None:
        _say(customer_id, tag, terminal, carries=True, by=by, value=value, note=note)

    @tags.command("remove", help=terminal.say("Take a tag off a customer and keep it off while that holds"))
    def remove(
        customer_id: Annotated[str, customer],
        tag: Annotated[str, key],
        note: Annotated[str | None, note] = None,
        by: Annotated[str | None, by] = None,
    ) -> None:
        _say(customer_id, tag, terminal, carries=False, by=by, value=None, note=note)


def _add_taking_back(tags: typer.Typer, terminal: Terminal, customer: Any, key: Any) -> None:
    @tags.command("take-back", help=terminal.say("Take back what people said of a customer's tag"))
    def take_back(customer_id: Annotated[str, customer], tag: Annotated[str, key]) -> None:
        with open_session() as session:
            done = _tagging(session).take_back(customer_id, tag)
        terminal.line("Taken back: the other sources count again" if done else "Nobody had said anything")


def _say(
    customer_id: str,
    tag: str,
    terminal: Terminal,
    *,
    carries: bool,
    by: str | None,
    value: str | None,
    note: str | None,
) -> None:
    word = Word(new_id("word"), customer_id, tag, carries, by or getpass.getuser(), value, note)
    with open_session() as session:
        until = _tagging(session).say(word).holds_until
        zone = session.settings.zone
    if until is None:
        terminal.line("It holds until somebody says otherwise")
    else:
        terminal.line("It holds until {until}", until=until.astimezone(zone).isoformat(timespec="minutes"))


def _tagging(session: Session) -> Tagging:
    return Tagging(session.settings, session.store, session.clock, lambda: session.taxonomy)


def _show_tags(found: dict[str, Any], zone: ZoneInfo, terminal: Terminal) -> None:
    rows = [
        (
            one["tag"],
            one["names"][terminal.language],
            one["value"] or "",
            "" if one["confidence"] is None else one["confidence"],
            one["source"],
            one["why"][terminal.language],
            one["until"].astimezone(zone).date().isoformat() if one["until"] else "",
        )
        for one in found["assignments"]
    ]
    columns = ["tag", "name", "value", "confidence", "source", "why", "until"]
    terminal.table("Tags", columns, rows, wraps="why")
    for part, through in sorted(found["computed"].items()):
        at = through["through"].astimezone(zone).isoformat(timespec="seconds")
        terminal.line("{part}: worked out through {through}", part=part, through=at)


def _show_history(found: dict[str, Any], zone: ZoneInfo, terminal: Terminal) -> None:
    rows = [
        (
            f"{one['at'].astimezone(zone):%Y-%m-%d %H:%M}",
            one["tag"],
            one["change"],
            one["value"] or "",
            one["source"] or "",
            one["why"][terminal.language],
        )
        for one in found["changes"]
    ]
    terminal.table("Changes", ["at", "tag", "change", "value", "source", "why"], rows, wraps="why")
