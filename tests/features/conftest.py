"""Hypothesis settings (the same examples in every run, no deadline) and a home with store and lake."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from core.settings import Settings
from core.storage import Store, open_store
from features.lake import Lake

hypothesis_settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("repeatable")


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Its store is on the database that the test runs on, if it asks for one."""
    url = request.getfixturevalue("database_url") if "database_url" in request.fixturenames else None
    return Settings(
        home=tmp_path, timezone="America/New_York", lake_buckets=3, currency="USD", database_url=url
    )


@pytest.fixture
def store(home: Settings, database_url: str | None) -> Iterator[Store]:
    """An empty store; a test that asks for it runs on both databases."""
    assert home.database_url == database_url
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture
def lake(home: Settings) -> Lake:
    made = Lake(home.lake_path, buckets=home.lake_buckets)
    made.create()
    return made
