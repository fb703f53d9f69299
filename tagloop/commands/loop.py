"""`tagloop loop`: the whole cycle again and again, in the foreground."""

import re
import signal
from threading import Event
from types import FrameType
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.errors import InvalidInputError, TagloopError
from core.storage.faults import explain
from tagloop.commands.retrain import run
from tagloop.console import Terminal, out_of_reach
from tagloop.retrained import show
from tagloop.session import open_session

SECONDS = {"m": 60, "h": 3600, "d": 86400}
LEAST_SECONDS = 60


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "loop", help=terminal.say("Look for reasons to train anew again and again, until it is stopped")
    )
    def command(
        every: Annotated[str, typer.Option(help=terminal.say("How often: 30m, 12h, 1d"))] = "1d",
        rounds: Annotated[
            int | None, typer.Option(min=1, help=terminal.say("Stop after so many rounds"))
        ] = None,
    ) -> None:
        seconds = parse_interval(every)
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            _go_round_often(terminal, every, seconds, rounds)
        except KeyboardInterrupt:
            terminal.note("Stopped; what served goes on serving")
        finally:
            signal.signal(signal.SIGTERM, before)


def _go_round_often(terminal: Terminal, every: str, seconds: int, rounds: int | None) -> None:
    done = 0
    while True:
        go_round(terminal)
        done += 1
        if done == rounds:
            return
        terminal.note("The next round begins in {every}; Ctrl+C stops", every=every)
        Event().wait(seconds)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """A service manager asks for the end as a person does with Ctrl+C."""
    raise KeyboardInterrupt


def go_round(terminal: Terminal) -> None:
    """One round; what fails is said, and the next one tries again."""
    try:
        with open_session() as session:
            now = session.clock.now().astimezone(session.settings.zone)
            terminal.line("Round of {now}", now=f"{now:%Y-%m-%d %H:%M}")
            show(run(session, terminal, wait=False), session.settings, terminal)
    except TagloopError as error:
        terminal.fail(error)
    except (OSError, SQLAlchemyError) as error:
        terminal.fail(explain(error) or out_of_reach(error))


def parse_interval(text: str) -> int:
    """Seconds of an interval such as `30m`, `12h` or `1d`.

    >>> parse_interval("12h")
    43200

    Raises:
        InvalidInputError: It is none, or shorter than a minute.
    """
    found = re.fullmatch(r"(\d+)([mhd])", text)
    seconds = int(found[1]) * SECONDS[found[2]] if found else 0
    if seconds < LEAST_SECONDS:
        raise InvalidInputError(
            "--every: expected a number of minutes, hours or days such as 30m, 12h or 1d, got {got}",
            got=repr(text),
        )
    return seconds
