"""Puts the commands together and turns errors into one line and an exit status."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.compiled import announce
from core.errors import TagloopError
from core.storage.faults import explain
from tagloop.console import Terminal, make_terminal, out_of_reach

COMMANDS = (
    "demo",
    "ingest",
    "rejects",
    "features",
    "train",
    "certify",
    "release",
    "drift",
    "retrain",
    "rollback",
    "loop",
    "score",
    "churn",
    "review",
    "serve",
    "replay",
    "tags",
    "segments",
    "customers",
    "webhooks",
    "keys",
    "doctor",
)
COMPILING = "Compiling loops for this machine, once per installation: this takes about a minute"


def make_app(terminal: Terminal, commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The command line in the terminal's language."""
    app = typer.Typer(
        help=terminal.say("Tagloop tags and segments a business's customers"),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)  # with a single command Typer would otherwise drop its name
    for command in commands:
        import_module(f"tagloop.commands.{command}").add(app, terminal)
    return app


def asked_for(arguments: Sequence[str]) -> tuple[str, ...]:
    """The commands that these arguments need: importing all of them takes seconds.

    >>> asked_for(["tags", "--json"]), len(asked_for(["--help"])) == len(COMMANDS)
    (('tags',), True)
    """
    return (arguments[0],) if arguments and arguments[0] in COMMANDS else COMMANDS


def main() -> None:
    """Run the command line; an error of the domain is printed and ends with status 1."""
    terminal = make_terminal()
    announce(lambda: terminal.note(COMPILING))
    try:
        make_app(terminal, asked_for(sys.argv[1:]))()
    except TagloopError as error:
        terminal.fail(error)
        sys.exit(1)
    except Exception as error:
        known = explain(error)  # MLflow and others wrap what the disk or the database said
        if known is None and not isinstance(error, OSError | SQLAlchemyError):
            raise
        terminal.fail(known or out_of_reach(error))
        sys.exit(1)
