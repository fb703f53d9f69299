"""`tagloop tags refresh`: work everybody's tags out in the foreground."""

from typing import Annotated

import typer

from serving.tag_report.daily import report_of_the_day
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
    """Work everybody's tags out where that is due, and what they are worth; with progress."""
    settings, store, clock = session.settings, session.store, session.clock
    with terminal.steps() as steps:
        done = refresh_everybody(settings, store, clock, steps.at, force=force)
        report_of_the_day(settings, store, clock, lambda part, whole: steps.at("Report", part, whole))
    return done


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
