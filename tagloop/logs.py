"""Where a command's log goes: beside its results, which a program may read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def logs_beside_results() -> Iterator[None]:
    """While the block runs, what is logged goes to standard error."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        yield
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
