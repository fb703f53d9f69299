"""A shop on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import open_store
from tests.serving.tagging.shops import ZONE, Shop


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Shop]:
    settings = Settings(home=tmp_path, timezone=ZONE.key, currency="USD", database_url=database_url)
    store = open_store(settings)
    yield Shop(settings, store)
    store.close()
