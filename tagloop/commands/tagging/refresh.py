"""`tagloop tags refresh`: work everybody's tags out in the foreground."""

from typing import Annotated

import typer

from serving.tagging.refreshing import refresh as refresh_everybody
from tagloop.console import Terminal
from tagloop.session import open_session


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
        with open_session() as session, terminal.steps() as steps:
            done = refresh_everybody(session.settings, session.store, session.clock, steps.at, force=force)
        if done is None:
            terminal.line("Nothing is due: all tags are worked out through today; --force does it again")
            return
        written = done.written
        terminal.line(
            "Through {through}: {new} assignments made, {ended} ended, {changes} changes of profiles",
            through=done.through.astimezone(session.settings.zone).isoformat(timespec="seconds"),
            new=written.new,
            ended=written.ended,
            changes=written.changes,
        )
