"""`tagloop replay`: live the latest months of a home again, in a home of its own."""

import json as json_module
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from core.clock import parse_instant
from core.settings import Settings
from core.storage import Store
from tagloop.console import Terminal
from tagloop.replaying.asked import Asked
from tagloop.replaying.home import FOLDER, write_config
from tagloop.replaying.preparing import Original, original, prepared
from tagloop.replaying.telling import heading, row_of
from tagloop.replaying.weeks import Week
from tagloop.session import read_settings
from tags.taxonomy import Taxonomy

WEEKS_FILE = "replay.json"


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "replay",
        help=terminal.say(
            "Live the latest months again in a home of their own: events, simulated reviewers, retraining"
        ),
    )
    def command(  # noqa: PLR0917 (typer)
        began: Annotated[
            str, typer.Option("--from", help=terminal.say("First day; models are trained until then"))
        ],
        until: Annotated[
            str | None, typer.Option(help=terminal.say("The day at which it ends; where the data does"))
        ] = None,
        home: Annotated[
            Path | None, typer.Option(help=terminal.say("The replay's own home; `replay` in this one"))
        ] = None,
        speed: Annotated[
            float | None,
            typer.Option(help=terminal.say("Days a minute at most; as fast as it can"), min=0.01),
        ] = None,
        reviewers: Annotated[
            int, typer.Option(help=terminal.say("How many people decide"), min=0, max=50)
        ] = 2,
        accuracy: Annotated[
            float,
            typer.Option(help=terminal.say("How likely each of their answers is right"), min=0.5, max=1),
        ] = 0.95,
        broken: Annotated[
            str | None,
            typer.Option("--break", help=terminal.say("Plant a break: `unit` (cents) or `missing` (shops)")),
        ] = None,
        break_at: Annotated[
            str | None, typer.Option("--break-at", help=terminal.say("The break's first day; half-way"))
        ] = None,
        share: Annotated[
            float, typer.Option(help=terminal.say("Of the customers, those who take part"), min=0.01, max=1)
        ] = 1.0,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        settings = read_settings()
        with original(settings) as old:
            asked = Asked(
                began=_day(began, settings, "--from"),
                ends=_day(until, settings, "--until") if until else old.data_ends(),
                zone=settings.zone,
                reviewers=reviewers,
                accuracy=accuracy,
                seed=settings.seed,
                days_a_minute=speed,
                share=share,
                broken=broken,
                breaks_at=_day(break_at, settings, "--break-at") if break_at else None,
            )
            run(old, asked, home or settings.home / FOLDER, terminal, json=json)


def run(old: Original, asked: Asked, folder: Path, terminal: Terminal, *, json: bool) -> list[Week]:
    """Make the home, train, replay, and say what each week came to."""

    def train(settings: Settings, store: Store, taxonomy: Taxonomy, until: datetime) -> str | None:
        from tagloop.reproduction import shown_progress  # noqa: PLC0415 (what trains takes seconds to import)
        from training.train import train as train_models  # noqa: PLC0415 (as above)

        terminal.note("Training until {day}", day=until.date())
        with shown_progress(terminal) as (step, progress):
            return train_models(
                settings, store, taxonomy, until=until, step=step, progress=progress
            ).release_id

    with prepared(old, asked, folder, train) as replay:
        if not json:
            heading(replay.asked, terminal)
        weeks = replay.run(lambda _step, _done, _all: None, lambda week: row_of(week, terminal, json=json))
        settings = replay.settings
        write_config(settings, goes_on_from=asked.ends)
    text = json_module.dumps([week.as_json() for week in weeks], ensure_ascii=False, indent=2, default=str)
    (settings.home / WEEKS_FILE).write_text(text + "\n", encoding="utf-8")
    if json:
        terminal.json([week.as_json() for week in weeks])
    else:
        terminal.line("Look at the replay's home: TAGLOOP_HOME={home} tagloop serve", home=settings.home)
    return weeks


def _day(text: str, settings: Settings, field: str) -> datetime:
    return parse_instant(text, settings.zone, field=field)
