"""`tagloop replay`: live the latest months of a home again, in a home of their own."""

import signal
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from core.clock import parse_instant
from core.settings import Settings
from core.storage import Store
from core.storage.engine import look_into_store
from tagloop.console import Terminal
from tagloop.logs import logs_beside_results
from tagloop.replaying.asked import Asked
from tagloop.replaying.audit_draws import AuditCoverage, coverage_of, draw_again
from tagloop.replaying.finished import PICTURE, Finished, finished_of, read_finished
from tagloop.replaying.home import FOLDER, write_config
from tagloop.replaying.plot import picture
from tagloop.replaying.preparing import Original, original, prepared
from tagloop.replaying.telling import heading, tell_coverage, tell_week
from tagloop.session import read_settings
from tags.catalogue.taking import look
from tags.taxonomy import Taxonomy


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
            str | None,
            typer.Option(
                "--from",
                help=terminal.say(
                    "First day; models are trained until then. Without it the last replay is shown"
                ),
            ),
        ] = None,
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
        audit_draws: Annotated[
            int | None,
            typer.Option(
                "--audit-draws",
                help=terminal.say("Draw the audits again so often: does the truth lie in their interval?"),
                min=1,
            ),
        ] = None,
        plot: Annotated[
            Path | None,
            typer.Option(help=terminal.say("Write the picture of the weeks to this SVG file too")),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        settings = read_settings()
        folder = home or settings.home / FOLDER
        if began is None:
            found = read_finished(folder)
            if not json:
                for week in found.weeks:
                    tell_week(week, terminal)
        else:
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
                found = run(old, asked, folder, terminal, json=json)
        if plot is not None:
            plot.write_text(drawn(found, terminal), encoding="utf-8")
        coverage = None if audit_draws is None else draw(folder, audit_draws)
        if json:
            terminal.json({**found.as_json(), "audit_draws": coverage and vars(coverage)})
        elif coverage is not None:
            tell_coverage(coverage, terminal)


def run(old: Original, asked: Asked, folder: Path, terminal: Terminal, *, json: bool) -> Finished:
    """Make the home, train, replay, say what each week came to, and how to look at it."""

    def train(settings: Settings, store: Store, taxonomy: Taxonomy, until: datetime) -> str | None:
        from tagloop.reproduction import shown_progress  # noqa: PLC0415 (what trains takes seconds to import)
        from training.train import train as train_models  # noqa: PLC0415 (as above)

        terminal.note("Training until {day}", day=until.date())
        with shown_progress(terminal) as (step, progress):
            return train_models(
                settings, store, taxonomy, until=until, step=step, progress=progress
            ).release_id

    signal.signal(signal.SIGTERM, _leave)
    with prepared(old, asked, folder, train) as replay, logs_beside_results():
        heading(replay.asked, terminal)
        weeks = replay.run(lambda week: None if json else tell_week(week, terminal))
        finished = finished_of(replay.asked, weeks)
        token = replay.key_for_people()
        write_config(replay.settings, goes_on_from=asked.ends)
    (folder / PICTURE).write_text(drawn(finished, terminal), encoding="utf-8")
    terminal.note("The weeks as a picture: {file}", file=folder / PICTURE)
    terminal.note("Look at the replay's home: TAGLOOP_HOME={home} tagloop serve", home=folder.absolute())
    terminal.note("Then /console, where this key signs in: {token}", token=token)
    return finished


def drawn(finished: Finished, terminal: Terminal) -> str:
    """The picture of its weeks, in the terminal's language."""
    return picture(finished.weeks, broken_at=finished.breaks_at, language=terminal.language)


def draw(folder: Path, draws: int) -> AuditCoverage:
    """How often the truth lies in the audit's interval, of so many draws."""
    settings = Settings(home=folder, database_url=None)
    store = look_into_store(settings)
    try:
        tags = [tag.key for tag in look(settings, store).outcome_tags]
    finally:
        store.close()
    return coverage_of(draw_again(settings, tags, draws, seed=settings.seed))


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Whoever ends the replay ends its server too."""
    raise SystemExit(128 + signal.SIGTERM)


def _day(text: str, settings: Settings, field: str) -> datetime:
    return parse_instant(text, settings.zone, field=field)
