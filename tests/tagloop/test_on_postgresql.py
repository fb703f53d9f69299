"""The commands on PostgreSQL by one setting: load, train and look, as on SQLite."""

import json
from collections.abc import Callable

import pytest

from tests.command_line import succeeded, tagloop_here
from tests.conftest import Shop
from tests.databases import Postgres

pytestmark = pytest.mark.slow


def test_shop_is_loaded_trained_and_sound_on_postgresql(
    small_shop: Shop, postgres: Postgres, copy_of: Callable[[Shop], Shop]
) -> None:
    home = copy_of(small_shop).home
    url = postgres.new_database()
    told = json.loads(
        succeeded(home, "ingest", small_shop.mapping, "--json", run=tagloop_here, TAGLOOP_DATABASE_URL=url)
    )
    assert told["accepted"] > 10_000
    assert not (home / "tagloop.db").exists()
    trained = json.loads(succeeded(home, "train", "--json", TAGLOOP_DATABASE_URL=url))
    assert trained["release"]
    assert all(gate["passed"] for gate in trained["gates"] if "online equals offline" in gate["name"])
    assert "postgresql" in succeeded(home, "doctor", run=tagloop_here, TAGLOOP_DATABASE_URL=url)
