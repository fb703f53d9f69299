"""`tagloop tags`: what the taxonomy says."""

from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.session import read_settings
from tags.taxonomy import load_taxonomy


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("tags", help=terminal.say("List the tags"))
    def command(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        taxonomy = load_taxonomy(read_settings().taxonomy)
        if json:
            terminal.json(taxonomy.model_dump(mode="json"))
            return
        rows = [
            (tag.key, tag.name.in_language(terminal.language), tag.definition.in_language(terminal.language))
            for tag in taxonomy.tags
        ]
        terminal.table("Tags", ["key", "name", "definition"], rows)
        terminal.line("{count} tags, version {version}", count=len(rows), version=taxonomy.version)
