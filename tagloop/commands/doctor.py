"""`tagloop doctor`: is this installation sound, and what to do if not."""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated

import typer

from core.errors import NotReadyError, TagloopError
from core.language import Text
from core.settings import Settings
from core.storage.engine import look_into_store
from core.storage.migrate import check_schema
from features import counters
from features.lake import BULK_APP, LIVE_APP, Lake
from features.recovery import check_same_home
from models.inputs import PARTS
from models.lightgbm_training import load_lightgbm
from models.registry import Registry
from models.release_read import current_release_id, load_release
from serving.snapshot import load_snapshot
from serving.tagging.checking import rebuild
from serving.tagging.refreshing import is_due
from tagloop.console import Terminal
from tagloop.session import read_settings
from tags.catalogue.changing import spec_now
from tags.catalogue.checking import check_definitions
from tags.catalogue.taking import look
from tags.taxonomy import load_taxonomy

LEAST_FREE_GB = 1.0
EXAMPLES = 5


@dataclass(frozen=True)
class Check:
    """One thing to look at; the function gives what was found, or raises with what to do."""

    name: str
    run: Callable[[Settings], str | Text]


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("doctor", help=terminal.say("Check this installation and say what to mend"))
    def command(
        deep: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option("--deep", help=terminal.say("Also work out everybody's tags anew and compare them")),
        ] = False,
    ) -> None:
        settings = read_settings()
        checks = (*CHECKS, *DEEP_CHECKS) if deep else CHECKS
        failed = [check for check in checks if not _passes(check, settings, terminal)]
        if failed:
            raise typer.Exit(1)
        _tell_refused(settings, terminal)
        terminal.line("Everything is sound")


def _passes(check: Check, settings: Settings, terminal: Terminal) -> bool:
    try:
        found = check.run(settings)
    except TagloopError as error:
        terminal.mark(f"{terminal.say(check.name)}: {error.text.render(terminal.language)}", good=False)
        return False
    except Exception as error:  # noqa: BLE001 (whatever is wrong is a finding)
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        terminal.mark(f"{terminal.say(check.name)}: {said}", good=False)
        return False
    said = found.render(terminal.language) if isinstance(found, Text) else found
    terminal.mark(f"{terminal.say(check.name)}: {said}", good=True)
    return True


def _python(_settings: Settings) -> str:
    return sys.version.split()[0]


def _lightgbm(_settings: Settings) -> str:
    return str(load_lightgbm().__version__)


def _disk(settings: Settings) -> str:
    there = next(folder for folder in (settings.home, *settings.home.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise NotReadyError(
            "The data folder cannot be written: {folder}; set TAGLOOP_HOME to a folder that can be",
            folder=there,
        )
    free = shutil.disk_usage(there).free / 1e9
    if free < LEAST_FREE_GB:
        raise NotReadyError(
            "Only {free} GB are free in {home}: free some space, or set TAGLOOP_HOME",
            free=round(free, 1),
            home=settings.home,
        )
    return f"{settings.home.absolute()}, {free:.0f} GB"


def _store(settings: Settings) -> Text:
    store = look_into_store(settings)
    try:
        with store.read() as connection:
            check_schema(connection)
            waiting = counters.value(connection, "accepted") - counters.value(connection, "flushed")
        return Text(
            "{database}, {waiting} live events not yet in the lake",
            {"database": store.engine.dialect.name, "waiting": waiting},
        )
    finally:
        store.close()


def _lake(settings: Settings) -> str | Text:
    lake = Lake(settings.lake_path)
    try:
        store = look_into_store(settings)
    except NotReadyError:
        return str(lake.version())  # which says how to load
    try:
        check_same_home(store, lake)
        version = lake.version()
        with store.read() as connection:
            held = {
                app: counters.value(connection, name)
                for name, app in (("bulk", BULK_APP), ("flushed", LIVE_APP))
            }
    finally:
        store.close()
    if any(lake.transaction_version(app) > number for app, number in held.items()):
        raise NotReadyError(
            "The lake holds events that the store's histories lack, because a load or the server died: run the load "
            "again, or start the server once"
        )
    return Text("version {version}, {buckets} buckets", {"version": version, "buckets": lake.buckets})


def _taxonomy(settings: Settings) -> Text:
    """The tags as they are defined now; their rules have to make sense with the data as they are now."""
    try:
        store = look_into_store(settings)
    except NotReadyError:
        taxonomy = load_taxonomy(settings.taxonomy)
    else:
        with closing(store):
            taxonomy = look(settings, store)
            spec = spec_now(settings, store, taxonomy)
            check_definitions(taxonomy, spec, [tag.key for tag in taxonomy.in_use])
    return Text(
        "{count} tags, version {version}", {"count": len(taxonomy.in_use), "version": taxonomy.version}
    )


def _release(settings: Settings) -> str:
    release = load_release(settings.releases_path)
    # MLflow would make its database; a check makes nothing.
    known = settings.mlflow_uri is not None or (settings.home / "mlflow.db").exists()
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    for name, origin in release.facts.origins.items():
        champion = registry.champion(name) if known else None
        if champion is None or champion.version != origin.version:
            raise NotReadyError(
                "What serves is {name} version {serving}, but MLflow's champion is {champion}: run `tagloop train`",
                name=name,
                serving=origin.version,
                champion=champion.version if champion else "-",
            )
    for name in set(PARTS).difference(release.facts.origins):
        if champion := registry.champion(name):
            raise NotReadyError(
                "MLflow's champion of {name} is version {champion}, but what serves has no model of it: run "
                "`tagloop train`",
                name=name,
                champion=champion.version,
            )
    return release.release_id


def _model_files(settings: Settings) -> str:
    """MLflow keeps whole paths: where they point is where the next training writes, too."""
    if settings.mlflow_uri is not None:
        return settings.mlflow_uri
    if not (settings.home / "mlflow.db").exists():
        raise NotReadyError("MLflow has no models yet: run `tagloop train`")
    kept = Registry(settings.tracking_uri, settings.artifacts_path).locations()
    here = settings.artifacts_path.absolute()
    elsewhere = sorted({str(folder) for folder in kept if not folder.is_relative_to(here)})
    if elsewhere:
        raise NotReadyError(
            "MLflow looks for the models in {there}, but the home is in {home}: it was moved or copied. Move it back, "
            "or remove mlflow.db and mlartifacts and run `tagloop train`; what serves goes on meanwhile",
            there=elsewhere[0],
            home=settings.home.absolute(),
        )
    return str(here)


def _profiles(settings: Settings) -> Text:
    """Whether a full rebuild gives the tags that are stored."""
    store, clock = look_into_store(settings), settings.make_clock()
    try:
        with store.read() as connection:
            check_schema(connection)
            due = is_due(connection, settings, clock.now())
        if due:
            raise NotReadyError(
                "Everybody's tags have not been worked out today, or not with what is there now: run "
                "`tagloop tags refresh`"
            )
        known = current_release_id(settings.releases_path)
        snapshot = load_snapshot(settings, store, look(settings, store)) if known else None
        found = rebuild(settings, store, clock, snapshot)
    finally:
        store.close()
    if found.differing:
        raise NotReadyError(
            "A full rebuild gives other tags for {count} of {customers} customers, such as {examples}: run "
            "`tagloop tags refresh --force`",
            count=len(found.differing),
            customers=found.customers,
            examples=", ".join(found.differing[:EXAMPLES]),
        )
    return Text(
        "{customers} customers as a full rebuild gives them, {waiting} waiting to be looked at",
        {"customers": found.customers, "waiting": found.waiting},
    )


def _tell_refused(settings: Settings, terminal: Terminal) -> None:
    """What the release that serves does not predict, as its training said."""
    if current_release_id(settings.releases_path) is None:
        return
    for refusal in load_release(settings.releases_path).facts.refusals:
        what = f"{refusal.part}.{refusal.tag}" if refusal.tag else refusal.part
        why = refusal.said.zh if terminal.language == "zh" else refusal.said.en
        terminal.line("Not predicted: {what}. {why}", what=what, why=why)


CHECKS = (
    Check("Python", _python),
    Check("LightGBM", _lightgbm),
    Check("Data folder", _disk),
    Check("Store", _store),
    Check("Event lake", _lake),
    Check("Taxonomy", _taxonomy),
    Check("Serving release", _release),
    Check("Model files", _model_files),
)
DEEP_CHECKS = (Check("Customers' tags", _profiles),)
