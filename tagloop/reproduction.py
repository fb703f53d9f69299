"""`tagloop train --reproduce`: shows which figures of a version come out the same; and a training's progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from core.language import Text
from features.blocks import Progress
from tagloop.console import Terminal
from tagloop.session import Session
from training.reproduce import Reproduction, reproduce
from training.steps import Steps


def again(session: Session, asked: str, terminal: Terminal, *, json: bool) -> None:
    """Reproduce a version and say which figures differ; ends with status 1 if any does."""
    with shown_progress(terminal) as (step, progress):
        found = reproduce(
            session.settings, session.store, session.taxonomy, asked, step=step, progress=progress
        )
    recorded, now = found.code
    if recorded != now:
        terminal.note(
            "{version} was made by code {recorded}, this is {now}: figures may differ for that reason",
            version=asked,
            recorded=recorded,
            now=now,
        )
    if json:
        terminal.json(_reproduction_as_json(found))
    else:
        _show_reproduction(found, asked, terminal)
    if found.differing:
        raise typer.Exit(1)


def _show_reproduction(found: Reproduction, asked: str, terminal: Terminal) -> None:
    count, differing = len(found.figures), found.differing
    if not differing:
        terminal.mark(
            terminal.say("{version}: all {count} figures are the same", version=asked, count=count), good=True
        )
        return
    rows = [(one.name, _exactly(one.recorded), _exactly(one.again)) for one in differing]
    terminal.table("Figures that differ", ["figure", "recorded", "again"], rows)
    terminal.mark(
        terminal.say(
            "{version}: {differing} of {count} figures differ; besides the code, the catalogue and the customers' "
            "attributes may have changed since",
            version=asked,
            differing=len(differing),
            count=count,
        ),
        good=False,
    )


def _exactly(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.9g}"


def _reproduction_as_json(found: Reproduction) -> dict[str, Any]:
    return {
        "version": f"{found.version.name}/{found.version.version}",
        "same": not found.differing,
        "code": {"recorded": found.code[0], "now": found.code[1]},
        "figures": [
            {"name": one.name, "recorded": one.recorded, "again": one.again, "same": one.is_same}
            for one in found.figures
        ],
    }


@contextmanager
def shown_progress(terminal: Terminal) -> Iterator[tuple[Steps, Progress]]:
    """What tells of a training's steps, and of the features that are built."""
    with terminal.steps() as steps:

        def step(text: Text, done: int, total: int) -> None:
            steps.at("Training", done, total)
            terminal.err.print(f"  {text.render(terminal.language)}", style="dim", highlight=False)

        yield step, lambda count, total: steps.at("Features", count, total)
