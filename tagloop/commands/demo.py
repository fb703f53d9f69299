"""`tagloop demo`: from nothing to a served prediction on real shopping data."""

import json
import os
import sys
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from core.clock import offset_starting_at
from core.errors import NotReadyError
from core.settings import Settings
from features.lake import Lake
from models.release_read import current_release_id, load_release
from serving.keys import Scope, create_key, list_keys
from tagloop.commands.serve import check_port, make_server
from tagloop.console import Terminal
from tagloop.session import Session, default_until, open_session, read_settings
from tags.packs.activating import activate, is_active
from tags.packs.pack import read_pack

MAPPING = Path(__file__).parents[1] / "complete_journey.yaml"
DATA_ENDS = "2018-01-01T00:00:00-05:00"
CUSTOMER = "1228"
PACK = "general"
WAIT_SECONDS = 30
PREPARED = "TAGLOOP_DEMO_PREPARED"  # how the process that loads and trains tells the one that serves

CONFIG = """\
# Written by `tagloop demo`. The clock started where the data ends and has run on since.
timezone = "America/New_York"
currency = "USD"
clock = "offset"
clock_offset_seconds = {offset}
"""


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("demo", help=terminal.say("Load the demo data, train, and serve"))
    def command(
        serve: Annotated[bool, typer.Option(help=terminal.say("Serve at the end"))] = True,  # noqa: FBT002 (typer)
        port: Annotated[int | None, typer.Option(help=terminal.say("Port to listen on"))] = None,
    ) -> None:
        if PREPARED in os.environ:
            serve_and_show(read_settings(), Prepared(**json.loads(os.environ.pop(PREPARED))), terminal)
            return
        started = time.monotonic()
        settings = prepare_home(read_settings())
        port = port or settings.port
        if serve:
            check_port(settings.model_copy(update={"port": port}))
        with open_session(settings) as session:
            load_data(session, terminal)
            train_models(session, terminal)
        with open_session(settings) as session:  # anew: training may have changed what the taxonomy says
            tag_customers(session, terminal)
            token = make_key(session, terminal)
            terminal.note("Ready after {seconds} seconds", seconds=round(time.monotonic() - started))
            prepared = Prepared(port, token, _step("train").ui_command(session))
        if serve:
            begin_anew(prepared)


@dataclass(frozen=True)
class Prepared:
    """What serving the demo needs to know: the port, the key if it was just made, how to see MLflow's pages."""

    port: int
    token: str | None
    ui: str


def begin_anew(prepared: Prepared) -> None:
    """Serve in this process, begun again: what loading and training took of memory is never given back."""
    sys.stdout.flush()
    sys.stderr.flush()
    environment = {**os.environ, PREPARED: json.dumps(asdict(prepared))}
    os.execve(sys.executable, [sys.executable, "-m", "tagloop", "demo"], environment)  # noqa: S606 (ourselves)


def _step(name: str) -> Any:
    """The command's module, imported when it is needed: the process that serves has no use for it."""
    return import_module(f"tagloop.commands.{name}")


def prepare_home(settings: Settings) -> Settings:
    """The settings of the demo's home, which is made on the first call with its clock at the data's end."""
    file = settings.home / "tagloop.toml"
    if not file.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        offset = offset_starting_at(datetime.fromisoformat(DATA_ENDS)).total_seconds()
        file.write_text(CONFIG.format(offset=offset), encoding="utf-8")
    return read_settings()


def load_data(session: Session, terminal: Terminal) -> None:
    """Load the data unless it is there."""
    lake = Lake(session.settings.lake_path)
    if lake.exists() and lake.version() > 0:
        terminal.note("The data is loaded already")
        return
    terminal.note("Loading Complete Journey: one year of 2,469 households")
    ingest = _step("ingest")
    ingest.show(ingest.load(session, MAPPING, terminal), terminal)


def train_models(session: Session, terminal: Terminal) -> None:
    """Train and promote unless a release serves already."""
    if current_release_id(session.settings.releases_path):
        release = load_release(session.settings.releases_path)
        terminal.note(
            "Release {release} serves already; `tagloop train` makes a new one", release=release.release_id
        )
        return
    terminal.note("Training: a few minutes on two cores")
    until = default_until(session.settings, session.clock.now())
    train = _step("train")
    train.show(train.run(session, until, terminal, promote=True), terminal)
    if not current_release_id(session.settings.releases_path):
        raise NotReadyError("No model passed the gates: look at the lines marked ✗ above")


def tag_customers(session: Session, terminal: Terminal) -> None:
    """Activate the general pack on the first run, and work everybody's tags out where that is due."""
    pack = read_pack(PACK)
    with session.store.read() as connection:
        known = is_active(connection, pack)
    if not known:
        activated = activate(
            session.settings,
            session.store,
            session.clock,
            pack,
            session.taxonomy,
            by="demo",
            choices={},
        )
        terminal.note(
            "{count} ready-made tags of the pack {pack} are active besides the models'",
            count=len(activated.fitted.tags),
            pack=pack.key,
        )
    refresh = _step("tagging.refresh")
    refresh.show(refresh.run(session, terminal), terminal)


def make_key(session: Session, terminal: Terminal) -> str | None:
    """A key with all scopes, made and printed on the first run only."""
    with session.store.write() as connection:
        if list_keys(connection):
            return None
        key = create_key(connection, "demo", list(Scope), now=session.clock.now())
    terminal.line("API key, shown only now: {token}", token=key.token)
    return key.token


def serve_and_show(settings: Settings, prepared: Prepared, terminal: Terminal) -> None:
    """Serve, and print how to ask once the server answers."""
    settings = settings.model_copy(update={"port": prepared.port})
    server = make_server(settings)
    threading.Thread(target=_show, args=(settings, prepared, terminal, server), daemon=True).start()
    server.run()


def _show(settings: Settings, prepared: Prepared, terminal: Terminal, server: uvicorn.Server) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    base, token = f"http://{settings.host}:{settings.port}", prepared.token
    terminal.line("API and its docs: {url}", url=f"{base}/docs")
    terminal.line("Reviewing by keyboard: {url}; the key signs in", url=f"{base}/console")
    terminal.line("MLflow's pages: {command}", command=prepared.ui)
    body = json.dumps({"customers": [{"customer_id": CUSTOMER}]})
    shown = token or "$TAGLOOP_KEY"
    curl = (
        f"curl -s {base}/v1/predict -H 'Content-Type: application/json' "
        f'-H "Authorization: Bearer {shown}" '
        f"-d '{body}'"
    )
    terminal.out.print(curl, highlight=False, soft_wrap=True, markup=False)
    if token:
        terminal.out.print_json(json.dumps(ask(f"{base}/v1/predict", token, body)), ensure_ascii=False)
    else:
        terminal.line("The key was shown on the first run; make another with `tagloop keys create NAME`")
    terminal.note("Stop with Ctrl-C")


def ask(url: str, token: str, body: str) -> Any:
    """What the server answers."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 (our own http address)
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310 (as above)
        return json.load(answer)
