from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import insert

from core.storage import open_store
from serving.api.schemas.webhooks import (
    LettersAnswer,
    LetterSentAnswer,
    NewWebhookAnswer,
    TryAnswer,
    WebhookEntry,
    WebhooksAnswer,
)
from tags.outbox.tables import DeadLetter
from tests.receiver import running_receiver
from tests.serving.conftest import Server
from tests.tags.outbox.feeding import write_changes

URL = "https://crm.example.com/hooks"


def make(api: httpx.Client, **given: object) -> NewWebhookAnswer:
    response = api.post("/v1/webhooks", json={"url": URL, **given})
    assert response.status_code == 200, response.text
    return NewWebhookAnswer.model_validate_json(response.content)


def test_a_webhook_is_made_listed_and_ended_and_its_secret_shown_once(api: httpx.Client) -> None:
    hook = make(api, tags=["coffee"], kinds=["interest"])
    assert hook.secret.startswith("whsec_")
    listed = WebhooksAnswer.model_validate_json(api.get("/v1/webhooks").content).webhooks
    assert hook.webhook_id in {one.webhook_id for one in listed}
    assert "secret" not in api.get("/v1/webhooks").text
    ended = WebhookEntry.model_validate_json(api.delete(f"/v1/webhooks/{hook.webhook_id}").content)
    assert ended.ended_at is not None
    listed = WebhooksAnswer.model_validate_json(api.get("/v1/webhooks").content).webhooks
    assert hook.webhook_id not in {one.webhook_id for one in listed}
    assert api.get(f"/v1/webhooks/{hook.webhook_id}").status_code == 404
    assert api.delete(f"/v1/webhooks/{hook.webhook_id}").status_code == 404
    assert api.get(f"/v1/webhooks/{hook.webhook_id}/dead-letters").status_code == 200  # they stay to be seen


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://crm.example.com/hooks"}, "url"),
        ({"url": "https://127.0.0.1/hooks"}, "url"),
        ({"tags": ["cofee"]}, "tags.0"),
        ({"kinds": ["interests"]}, "kinds.0"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused_by_name(
    api: httpx.Client, given: dict[str, object], field: str
) -> None:
    response = api.post("/v1/webhooks", json={"url": URL, **given})
    assert response.status_code == 422
    assert [wrong["field"] for wrong in response.json()["errors"]] == [field]


def test_a_wrong_tag_is_told_with_the_nearest_one(api: httpx.Client) -> None:
    assert "coffee" in api.post("/v1/webhooks", json={"url": URL, "tags": ["cofee"]}).json()["detail"]


def test_a_key_without_the_scope_may_not_see_webhooks(server: Server) -> None:
    with server.client("read") as api:
        assert api.get("/v1/webhooks").status_code == 403


def test_there_is_no_webhook_of_another_id(api: httpx.Client) -> None:
    assert api.get("/v1/webhooks/none").status_code == 404
    assert api.post("/v1/webhooks/none/test").status_code == 404


def test_an_address_inside_is_not_called_for_a_test_either(api: httpx.Client) -> None:
    hook = make(api, url="https://crm.localtest.invalid/hooks")
    tried = TryAnswer.model_validate_json(api.post(f"/v1/webhooks/{hook.webhook_id}/test").content)
    assert (tried.taken, tried.status) == (False, None)
    assert tried.problem


def test_a_dead_letter_is_seen_and_sent_again(start: Callable[..., Server]) -> None:
    server = start(TAGLOOP_WEBHOOKS_LOCAL="true")
    with running_receiver() as target, server.client() as api:
        store = open_store(server.home.settings)
        with store.write() as connection:
            write_changes(connection, ["coffee"], at=datetime.now(UTC))
        hook = make(api, url=target.url)  # after the change, which is not delivered by itself
        letter = {
            "webhook_id": hook.webhook_id,
            "delivery_id": "msg_1",
            "first_change": 1,
            "last_change": 1,
            "attempts": 77,
            "error": "it answered 500",
            "died_at": datetime.now(UTC),
        }
        with store.write() as connection:
            connection.execute(insert(DeadLetter), [letter])
        store.close()
        base = f"/v1/webhooks/{hook.webhook_id}"
        assert api.get(base).json()["dead_letters"] == 1
        (dead,) = LettersAnswer.model_validate_json(api.get(f"{base}/dead-letters").content).dead_letters
        target.statuses = [500]
        failed = LetterSentAnswer.model_validate_json(
            api.post(f"{base}/dead-letters/{dead.seq}/send").content
        )
        assert (failed.answer.status, failed.dead_letter.sent_again_at) == (500, None)
        sent = LetterSentAnswer.model_validate_json(api.post(f"{base}/dead-letters/{dead.seq}/send").content)
        assert sent.answer.taken
        assert sent.dead_letter.sent_again_at is not None
        assert api.get(base).json()["dead_letters"] == 0
        assert 1 in target.changes(hook.secret)
        assert api.post(f"{base}/dead-letters/999/send").status_code == 404
