"""`tagloop score`: the scores of all customers to a file."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from core.errors import InvalidInputError
from models.inputs import PARTS
from tagloop.commands.features import check_output, write_frame
from tagloop.console import Terminal
from tagloop.session import NOW, open_session
from training.score import Population, score


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "score", help=terminal.say("Write tags, churn and segment of all customers as of an instant")
    )
    def command(
        as_of: Annotated[
            str, typer.Option(help=terminal.say("ISO date or time; `now` is today 00:00"))
        ] = NOW,
        out: Annotated[Path, typer.Option(help=terminal.say("File to write: .parquet or .csv"))] = Path(
            "scores.parquet"
        ),
        population: Annotated[
            str, typer.Option(help=terminal.say("all, interest (bought in 84 days) or churn (in 56 days)"))
        ] = "all",
        model_version: Annotated[
            list[str] | None,
            typer.Option(
                help=terminal.say("A version instead of the champion, such as interest=3; repeatable")
            ),
        ] = None,
    ) -> None:
        check_output(out)
        versions = parse_versions(model_version or [])
        chosen = parse_population(population)
        with open_session() as session, terminal.steps() as steps:
            frame = score(
                session.settings,
                session.store,
                session.taxonomy,
                as_of=session.instant(as_of, field="--as-of"),
                versions=versions,
                population=chosen,
                progress=lambda done, total: steps.at("Buckets", done, total),
            )
        write_frame(frame, out)
        terminal.line(
            "{rows} customers, {columns} columns in {file}", rows=len(frame), columns=frame.shape[1], file=out
        )


def parse_versions(texts: list[str]) -> dict[str, str]:
    """Model names with their versions.

    >>> parse_versions(["interest=3", "churn=champion"])
    {'interest': '3', 'churn': 'champion'}
    """
    versions = {}
    for text in texts:
        name, equals, version = text.partition("=")
        if name not in PARTS or not equals or not version:
            raise InvalidInputError(
                "--model-version: expected PART=N with one of {parts}, got {got}",
                parts=", ".join(PARTS),
                got=repr(text),
            )
        versions[name] = version
    return versions


def parse_population(text: str) -> Population:
    """The population of that name.

    Raises:
        InvalidInputError: There is none.
    """
    if text not in get_args(Population):
        raise InvalidInputError(
            "--population: expected one of {choices}, got {got}",
            choices=", ".join(get_args(Population)),
            got=repr(text),
        )
    return cast("Population", text)
