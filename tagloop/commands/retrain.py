"""`tagloop retrain`: train anew if there is reason, and let the challenger serve where it is better."""

from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.reproduction import shown_progress
from tagloop.retrained import show
from tagloop.session import Session, open_session
from training.loop.retrain import retrain
from training.loop.retrained import Retrained
from training.turn import WAIT_SECONDS

ANOTHER_RUNS = 1


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "retrain",
        help=terminal.say("Train anew if there is reason, and let the result serve where it is better"),
    )
    def command(
        force: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--force", help=terminal.say("Train whether or not there is reason"))
        ] = False,
        dry_run: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--dry-run", help=terminal.say("Tell what would happen, and change nothing"))
        ] = False,
        wait: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option(help=terminal.say("Wait while another training runs"))
        ] = True,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            found = run(session, terminal, force=force, dry_run=dry_run, wait=wait)
            if json:
                terminal.json(found.as_json())
            else:
                show(found, session.settings, terminal)
        if found.happened == "waiting":
            raise typer.Exit(ANOTHER_RUNS)


def run(
    session: Session, terminal: Terminal, *, force: bool = False, dry_run: bool = False, wait: bool = True
) -> Retrained:
    """One turn with progress shown."""
    with shown_progress(terminal) as (step, progress):
        return retrain(
            session.settings,
            session.store,
            session.taxonomy_as_it_is if dry_run else session.taxonomy,
            now=session.clock.now(),
            force=force,
            dry_run=dry_run,
            wait_seconds=WAIT_SECONDS if wait else 0.0,
            step=step,
            progress=progress,
        )
