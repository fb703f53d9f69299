"""Homes for tests that kill processes: in memory where there is such a folder, since none of them cuts the power."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.settings import Settings
from core.storage import Store, open_store

MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own, where waiting for the disk costs nothing."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(prefix="tagloop-", dir=MEMORY) as made:
        yield Path(made)


@pytest.fixture
def settings(folder: Path, database_url: str | None) -> Settings:
    """A home on each of the two databases."""
    return Settings(home=folder / "home", database_url=database_url, lake_buckets=2)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The home's store."""
    opened = open_store(settings)
    yield opened
    opened.close()
