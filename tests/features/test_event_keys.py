"""An id stands for one live event, also for those that were kept before ids were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert

from core.errors import ConflictError
from core.settings import Settings
from core.storage import open_store
from core.storage.migrate import SCRIPTS, _config
from features.event_keys import content_key
from features.intake import accept, each_once
from features.records import to_payload
from features.tables import Counter, RecentEvent
from tests.features.worlds import purchase

NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)
COFFEE = purchase(NOW - timedelta(hours=2), "e1", item_id="latte", amount=Decimal("3.5000"))


def test_content_is_told_by_everything_but_when_it_was_received() -> None:
    assert content_key(replace(COFFEE, received_at=NOW)) == content_key(COFFEE)
    assert content_key(replace(COFFEE, amount=Decimal("3.5"))) == content_key(COFFEE)
    for other in ({"amount": Decimal("3.51")}, {"channel": "web"}, {"customer_id": "bo"}, {"text": ""}):
        assert content_key(replace(COFFEE, **other)) != content_key(COFFEE)


def test_events_of_one_call_are_taken_once_each_in_their_order() -> None:
    tea = replace(COFFEE, event_id="e2")
    assert each_once([tea, COFFEE, tea], "events") == [tea, COFFEE]


def test_events_kept_before_the_migration_keep_their_ids(tmp_path: Path) -> None:
    assert (SCRIPTS / "versions" / "0003_event_keys.py").exists()
    settings = Settings(home=tmp_path)
    old = open_store(settings, migrate=False)
    with old.write() as connection:
        command.upgrade(_config(connection), "0001")
    with old.write() as connection:
        row = {"seq": 1, "event_id": "e1", "customer_id": "ann", "payload": to_payload(COFFEE)}
        connection.execute(insert(RecentEvent), [row])
        connection.execute(insert(Counter), [{"name": "accepted", "value": 1}])
    old.close()
    store = open_store(settings)
    assert accept(store, [COFFEE], now=NOW).duplicates == 1
    with pytest.raises(ConflictError):
        accept(store, [replace(COFFEE, amount=Decimal(4))], now=NOW)
    store.close()
