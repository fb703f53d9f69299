"""A store on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store


@pytest.fixture
def settings(tmp_path: Path, database_url: str | None) -> Settings:
    return Settings(home=tmp_path, timezone="America/New_York", currency="USD", database_url=database_url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()
