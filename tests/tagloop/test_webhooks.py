from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from core.storage import open_store
from tags.outbox.tables import DeadLetter
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.receiver import running_receiver
from tests.tags.outbox.feeding import write_changes


@pytest.fixture
def shop(loaded_shop: Shop, copy_of: Callable[[Shop], Shop]) -> Shop:
    return copy_of(loaded_shop)


def test_a_webhook_is_made_tested_and_ended(shop: Shop) -> None:
    with running_receiver() as target:
        local = {"TAGLOOP_WEBHOOKS_LOCAL": "true"}
        assert "inside one's own network" in refused(shop.home, "webhooks", "add", "https://127.0.0.1/hooks")
        said = succeeded(
            shop.home, "webhooks", "add", target.url, "--tag", "coffee", run=tagloop_here, **local
        )
        secret = said.splitlines()[1]
        (hook,) = answered(shop.home, "webhooks", "list", "--json", run=tagloop_here)
        assert (hook["tags"], hook["behind"]) == (["coffee"], 0)
        done = succeeded(shop.home, "webhooks", "test", hook["webhook_id"], run=tagloop_here, **local)
        assert "it answered 204" in done
        assert target.received[0].verified(secret)["type"] == "webhook.test"
        target.statuses = [500]
        failed = tagloop_here(shop.home, "webhooks", "test", hook["webhook_id"], **local)
        assert (failed.returncode, "it answered 500" in failed.stdout) == (1, True)
        succeeded(shop.home, "webhooks", "end", hook["webhook_id"], run=tagloop_here)
        assert answered(shop.home, "webhooks", "list", "--json", run=tagloop_here) == []


def test_dead_letters_are_listed_and_sent_again(shop: Shop) -> None:
    with running_receiver() as target:
        local = {"TAGLOOP_WEBHOOKS_LOCAL": "true"}
        secret = succeeded(shop.home, "webhooks", "add", target.url, run=tagloop_here, **local).splitlines()[
            1
        ]
        (hook,) = answered(shop.home, "webhooks", "list", "--json", run=tagloop_here)
        letter = {
            "webhook_id": hook["webhook_id"],
            "delivery_id": "msg_1",
            "first_change": 1,
            "last_change": 2,
            "attempts": 77,
            "error": "it answered 500",
            "died_at": datetime.now(UTC),
        }
        store = open_store(shop.settings())
        with store.write() as connection:
            write_changes(connection, ["coffee", "tea"], at=datetime.now(UTC))
            connection.execute(insert(DeadLetter), [letter])
        store.close()
        assert "it answered 500" in succeeded(shop.home, "webhooks", "dead", run=tagloop_here)
        succeeded(shop.home, "webhooks", "resend", hook["webhook_id"], run=tagloop_here, **local)
        assert target.changes(secret) == [1, 2]
        assert "no dead letter that waits" in refused(shop.home, "webhooks", "resend", hook["webhook_id"])
