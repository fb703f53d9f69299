"""`tagloop tags tick`: do what the clock asks for, as a server does each second."""

from dataclasses import asdict
from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.session import open_session
from tags.current import Current
from tags.triggers.timing import Ticked, tick


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the command in."""

    @tags.command(
        "tick",
        help=terminal.say(
            "Give tags whose time has come and end those that have lapsed, as a server does each second"
        ),
    )
    def tick_(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            session.taxonomy  # noqa: B018 (a file that changed is taken over before)
            done = tick(session.store, Current(session.settings, session.store), session.clock)
        if json:
            terminal.json(asdict(done))
        else:
            _show(done, terminal)


def _show(done: Ticked, terminal: Terminal) -> None:
    rows = [
        (terminal.say("given after a wait"), done.given),
        (terminal.say("waits called off"), done.called_off),
        (terminal.say("ended, as their time had passed"), done.ended),
        (terminal.say("given for a day of the year that is near"), done.days),
        (terminal.say("given for a move between tiers"), done.moves),
    ]
    terminal.table("What the clock asked for", ["tags", "count"], rows)
    for one in done.unread:
        terminal.note(
            "{customers} values of {attribute} are no days of the year, such as {examples}: write them as 06-15 or "
            "1985-06-15. Tag: {tag}",
            customers=one.customers,
            attribute=one.attribute,
            examples=", ".join(map(repr, one.examples)),
            tag=one.tag,
        )
