"""`tagloop rollback`: the models that served before serve again."""

from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.session import open_session
from training.loop.rollback import RolledBack, rollback


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "rollback", help=terminal.say("Let the models serve that served before those that serve now")
    )
    def command(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            found = rollback(session.settings, session.store, now=session.clock.now())
        if json:
            terminal.json(
                {
                    "release_id": found.release_id,
                    "before": dict(found.before),
                    "after": dict(found.after),
                    "promised": list(found.promised),
                }
            )
        else:
            _show(found, terminal)


def _show(found: RolledBack, terminal: Terminal) -> None:
    rows = [
        (part, _version(found.before.get(part)), _version(found.after.get(part)))
        for part in dict.fromkeys((*found.before, *found.after))
    ]
    terminal.table("Taken back", ["part", "served until now", "serves again"], rows)
    terminal.line(
        "Release {release} serves; what had been promoted on {day} is taken back",
        release=found.release_id,
        day=found.undone.began_at.date(),
    )
    terminal.line(
        "{count} tags are applied without a person: {tags}",
        count=len(found.promised),
        tags=", ".join(found.promised) or "-",
    )


def _version(number: int | None) -> str:
    return "-" if number is None else f"v{number}"
