"""One training at a time in a home, and what a training that died left behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from core.errors import ConflictError
from core.settings import Settings
from models.registry import Registry

WAIT_SECONDS = 3600.0


@contextmanager
def training_turn(
    settings: Settings, registry: Registry, *, wait_seconds: float = WAIT_SECONDS
) -> Iterator[None]:
    """Wait for another training to end; then nobody else trains until the block ends.

    Runs that a training left open because its process died are closed in MLflow as killed.

    Raises:
        ConflictError: Another training takes longer than that.
    """
    lock = FileLock(settings.home / "train.lock", timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout:
        raise ConflictError(
            "Another training is running in {home}: wait for it to end, then start again", home=settings.home
        ) from None
    try:
        registry.close_dead_runs()
        yield
    finally:
        lock.release()
