"""`tagloop tags refresh`: work everybody's tags out in the foreground."""

from typing import Annotated

import typer

from serving.tagging.refreshing import Refreshed
from serving.tagging.refreshing import refresh as refresh_everybody
from tagloop.console import Terminal
from tagloop.session import Session, open_session


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @tags.command(
        "refresh",
        help=terminal.say("Work out the tags of rules and models of all customers, where that is due"),
    )
    def refresh(
        force: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--force", help=terminal.say("Also where it was done today"))
        ] = False,
    ) -> None:
        with open_session() as session:
            show(run(session, terminal, force=force), terminal)


def run(session: Session, terminal: Terminal, *, force: bool = False) -> Refreshed | None:
    """Work everybody's tags out where that is due, with progress."""
    with terminal.steps() as steps:
        return refresh_everybody(session.settings, session.store, session.clock, steps.at, force=force)


def show(done: Refreshed | None, terminal: Terminal) -> None:
    """Print what was done."""
    if done is None:
        terminal.line("Nothing is due: all tags are worked out through today; --force does it again")
        return
    terminal.line(
        "Through {through}: {new} assignments made, {ended} ended, {changes} changes of profiles",
        through=done.through.isoformat(timespec="seconds"),
        new=done.written.new,
        ended=done.written.ended,
        changes=done.written.changes,
    )
