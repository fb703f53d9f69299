"""`tagloop release`: let the versions serve that carry the alias champion in MLflow."""

from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.session import NOW, open_session
from training.follow import follow_champions


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "release",
        help=terminal.say(
            "Serve the versions that carry the alias champion in MLflow; a server does it by itself"
        ),
    )
    def command(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            followed = follow_champions(
                session.settings, session.store, session.taxonomy, as_of=session.instant(NOW, field="now")
            )
        if json:
            terminal.json(
                {
                    "release_id": followed.release_id,
                    "versions": dict(followed.versions),
                    "is_new": followed.is_new,
                }
            )
            return
        versions = ", ".join(f"{name} v{number}" for name, number in followed.versions.items())
        if followed.is_new:
            terminal.line(
                "Release {release} serves now: {versions}", release=followed.release_id, versions=versions
            )
        else:
            terminal.line(
                "Release {release} serves already: {versions}", release=followed.release_id, versions=versions
            )
