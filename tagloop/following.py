"""Watches, beside a server, whether somebody moved `@champion` in MLflow, and has what it names served."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.settings import Settings
from models.aliases import read_champions, served_versions, stamp_of, stamp_of_release

AGAIN_SECONDS = 60.0  # how long versions that could not be served are left alone
COMMAND = (sys.executable, "-m", "tagloop", "release")

_log = structlog.get_logger("tagloop.following")


@contextmanager
def following(settings: Settings) -> Iterator[None]:
    """While the block runs, the versions that carry the alias are the ones that serve, seconds after it moved.

    MLflow is only loaded by the short process that writes the release; here its aliases are read from its store.
    """
    if not settings.follow_seconds:
        yield
        return
    follower = Follower(settings)
    follower.start()
    try:
        yield
    finally:
        follower.stop()


class Follower:
    """Compares the aliases with what serves, every few seconds, in a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="tagloop-following", daemon=True)
        self._given_up: tuple[dict[str, int], float] = ({}, 0.0)
        self._seen: object = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a release that is being written is left to the next server."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._settings.follow_seconds):
            try:
                self._look()
            except (OSError, SQLAlchemyError, ValueError) as error:
                # MLflow's store is away, or what serves is being replaced: the next look tells more.
                _log.warning("champion_not_known", reason=type(error).__name__)

    def _look(self) -> None:
        stamp = stamp_of(self._settings.tracking_uri), stamp_of_release(self._settings.releases_path)
        if stamp[0] is not None and stamp == self._seen:
            return  # reading would take the processor from a caller for some hundredths of a second
        champions = read_champions(self._settings.tracking_uri)
        left_alone, until = self._given_up
        if not champions or champions == served_versions(self._settings.releases_path):
            self._seen = stamp
            return
        if champions == left_alone and time.monotonic() < until:
            return
        _log.info("champion_moved", versions=champions)
        if not self._release():
            # What is wrong is said by the command to whoever runs it; its words may name more than a log should.
            _log.error("champion_not_served", versions=champions, command="tagloop release")
            self._given_up = (champions, time.monotonic() + AGAIN_SECONDS)

    def _release(self) -> bool:
        """Have the release written by a process of its own; whether that went well."""
        home = {"TAGLOOP_HOME": str(self._settings.home.absolute())}
        with subprocess.Popen(  # noqa: S603 (our own command)
            COMMAND, env={**environ, **home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None:
                if self._stopping.wait(0.1):
                    process.terminate()
            return process.returncode == 0 or self._stopping.is_set()
