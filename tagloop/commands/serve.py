"""`tagloop serve`: the HTTP API."""

import gc
import socket
import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn

from core.errors import InvalidInputError
from core.settings import Settings
from tagloop.console import Terminal
from tagloop.following import following
from tagloop.session import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fastapi import FastAPI

SWITCH_SECONDS = 0.0005


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command("serve", help=terminal.say("Serve the HTTP API"))
    def command(
        host: Annotated[str | None, typer.Option(help=terminal.say("Address to listen on"))] = None,
        port: Annotated[int | None, typer.Option(help=terminal.say("Port to listen on"))] = None,
    ) -> None:
        settings = read_settings()
        settings = settings.model_copy(
            update={"host": host or settings.host, "port": settings.port if port is None else port}
        )
        check_port(settings)
        terminal.note("Serving on {url}; stop with Ctrl-C", url=f"http://{settings.host}:{settings.port}")
        serve(settings)


def serve(settings: Settings) -> None:
    """Serve until the process is told to end."""
    with following(settings):
        make_server(settings).run()


class Server(uvicorn.Server):
    """uvicorn's server, which spares callers the walks over what was loaded at the start and never goes away."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open everything, then set it aside from the collector of garbage, which would stop every call."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: "FrameType | None") -> None:
        """Begin to end, and let callers go who wait for a change."""
        app: Any = self.config.app
        app.state.is_leaving = True
        super().handle_exit(sig, frame)


class Without(MetaPathFinder):
    """Says of some modules that they are not installed; where one is loaded already it stays.

    Arrow and Delta Lake import pandas wherever they find it: half a second and 60 MB for frames that no server
    makes. FastAPI imports pydantic's first version to ask of each model whether it is one of that: 0.13 seconds.
    Numba imports SciPy to see of which version it is.
    """

    MODULES = frozenset({"pandas", "pydantic.v1", "scipy"})

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> None:
        """Leave every other module to the finders after this one."""
        if fullname in self.MODULES:
            raise ModuleNotFoundError(f"a server does without {fullname}", name=fullname)


def import_app() -> "Callable[[Settings], FastAPI]":
    """What makes the app, with nothing imported that a server has no use for.

    The collector of garbage rests meanwhile: it would look a tenth of the time for what modules never leave.
    """
    if not any(isinstance(finder, Without) for finder in sys.meta_path):
        sys.meta_path.insert(0, Without())
    gc.disable()
    try:
        import numba  # noqa: F401, PLC0415 (features are computed by it: no caller is to wait for the import)

        from serving.api.app import create_app  # noqa: PLC0415 (only now is it known what to do without)
    finally:
        gc.enable()
    return create_app


def make_server(settings: Settings) -> Server:
    """A server that has this process to itself; uvicorn takes uvloop and httptools where they are installed."""
    create_app = import_app()
    # A thread that wants to run waits for one that computes; the default of 5 ms would be felt by every caller.
    sys.setswitchinterval(SWITCH_SECONDS)
    return Server(
        uvicorn.Config(
            create_app(settings), host=settings.host, port=settings.port, log_config=None, access_log=False
        )
    )


def check_port(settings: Settings) -> None:
    """Say nothing when the server will be able to listen.

    Raises:
        InvalidInputError: Something else listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise InvalidInputError(
                "port: {port} is taken on {host}; choose another with --port",
                port=settings.port,
                host=settings.host,
            ) from None
