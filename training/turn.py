"""One training at a time in a home, and what a training that died left behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from core.errors import ConflictError
from core.settings import Settings
from models.registry import Registry

WAIT_SECONDS = 3600.0


@contextmanager
def training_turn(
    settings: Settings,
    registry: Registry,
    *,
    wait_seconds: float = WAIT_SECONDS,
    waiting: Callable[[], object] = lambda: None,
) -> Iterator[None]:
    """Wait for another training to end; then nobody else trains until the block ends.

    Runs that a training left open because its process died are closed in MLflow as killed. `waiting` is called where
    another one runs, before the wait begins.

    Raises:
        ConflictError: Another training takes longer than that.
    """
    lock = FileLock(settings.home / "train.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        _wait(lock, settings, wait_seconds)
    try:
        registry.close_dead_runs()
        yield
    finally:
        lock.release()


def _wait(lock: FileLock, settings: Settings, seconds: float) -> None:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise ConflictError(
            "Another training is running in {home}: wait for it to end, then start again", home=settings.home
        ) from None
