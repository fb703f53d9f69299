"""Webhooks: make, list, end and test them; see and send again what their targets would not take."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import WithJsonSchema
from starlette.responses import Response

from serving.api.access import MayManage
from serving.api.answers import READING, SENDING, answered, problems
from serving.api.fields import Identifier, WholeNumber
from serving.api.route import Route
from serving.api.schemas.changes import LATEST
from serving.api.schemas.webhooks import (
    LettersAnswer,
    LetterSentAnswer,
    NewWebhookAnswer,
    TryAnswer,
    WebhookEntry,
    WebhookRequest,
    WebhooksAnswer,
)
from serving.service import Service
from tags.outbox.letters import Letter
from tags.outbox.sending import Answer
from tags.outbox.webhooks import Hook, Wants

MOST_LETTERS = 999_999_999

WebhookId = Annotated[Identifier, Path(description="the webhook", examples=["hook_1f0a6c9d2b7e4f5a8c3d1e2b"])]
LetterSeq = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_LETTERS}),
    Path(ge=1, le=MOST_LETTERS, description="the dead letter's number", examples=[1]),
]

router = APIRouter(route_class=Route, tags=["Manage"])


@router.post(
    "/v1/webhooks",
    summary="Make a webhook",
    description=(
        "Has changes of profiles pushed to an address: batches in their order, signed by the Standard Webhooks scheme, "
        "a failed one again with growing pauses for three days, then set aside as a dead letter. Addresses inside "
        "one's own network are refused unless a setting allows them. Needs the scope `manage`."
    ),
    response_model=NewWebhookAnswer,
    responses=problems(*SENDING),
)
async def make_webhook(body: WebhookRequest, service: MayManage) -> Response:
    """The webhook with its secret."""
    after = None if body.after in {None, LATEST} else int(body.after or 0)
    wants = Wants(tuple(body.tags), tuple(body.kinds), alerts=body.alerts)

    def made() -> dict[str, Any]:
        hook = service.outbox.register(body.url, wants, after=after)
        return {**_entry(service, hook), "secret": hook.secret}

    return await answered(made)


@router.get(
    "/v1/webhooks",
    summary="List webhooks",
    description="Every webhook that was not ended, with how it fares. Needs the scope `manage`.",
    response_model=WebhooksAnswer,
    responses=problems(*READING),
)
async def list_webhooks(service: MayManage) -> Response:
    """All of them."""
    return await answered(lambda: {"webhooks": [_entry(service, hook) for hook in service.outbox.webhooks()]})


@router.get(
    "/v1/webhooks/{webhook_id}",
    summary="Read a webhook",
    description="One webhook and how it fares. Needs the scope `manage`.",
    response_model=WebhookEntry,
    responses=problems(*READING, 404, 422),
)
async def read_webhook(webhook_id: WebhookId, service: MayManage) -> Response:
    """One of them."""
    return await answered(lambda: _entry(service, service.outbox.webhook(webhook_id)))


@router.delete(
    "/v1/webhooks/{webhook_id}",
    summary="End a webhook",
    description="Lets it hear of nothing more; its dead letters stay to be seen. Needs the scope `manage`.",
    response_model=WebhookEntry,
    responses=problems(*READING, 404, 422),
)
async def end_webhook(webhook_id: WebhookId, service: MayManage) -> Response:
    """The webhook as it was left."""
    return await answered(lambda: _entry(service, service.outbox.end(webhook_id)))


@router.post(
    "/v1/webhooks/{webhook_id}/test",
    summary="Test a webhook",
    description=(
        "Sends a signed delivery of the type `webhook.test` and tells what the target answered. Where it takes it, "
        "what waits to be tried again is sent at once. Needs the scope `manage`."
    ),
    response_model=TryAnswer,
    responses=problems(*READING, 404, 422),
)
async def try_webhook(webhook_id: WebhookId, service: MayManage) -> Response:
    """What the target answered."""
    return await answered(lambda: _tried(service.outbox.test(webhook_id)))


@router.get(
    "/v1/webhooks/{webhook_id}/dead-letters",
    summary="List dead letters",
    description="Deliveries that the target would not take, oldest first. Needs the scope `manage`.",
    response_model=LettersAnswer,
    responses=problems(*READING, 404, 422),
)
async def list_letters(webhook_id: WebhookId, service: MayManage) -> Response:
    """All of one webhook."""
    return await answered(
        lambda: {"dead_letters": [_letter(one) for one in service.outbox.letters(webhook_id)]}
    )


@router.post(
    "/v1/webhooks/{webhook_id}/dead-letters/{seq}/send",
    summary="Send a dead letter again",
    description=(
        "Sends it once more, under the id that it had, and tells what the target answered. Needs the scope `manage`."
    ),
    response_model=LetterSentAnswer,
    responses=problems(*READING, 404, 422),
)
async def send_letter(webhook_id: WebhookId, seq: LetterSeq, service: MayManage) -> Response:
    """The letter, and what the target answered."""

    def sent() -> dict[str, Any]:
        letter, tried = service.outbox.send_letter(webhook_id, seq)
        return {"dead_letter": _letter(letter), "answer": _tried(tried)}

    return await answered(sent)


def _entry(service: Service, hook: Hook) -> dict[str, Any]:
    values = {
        name: value
        for name, value in asdict(hook).items()
        if name not in {"secret", "wants", "trying_through"}
    }
    wanted = {"tags": list(hook.wants.tags), "kinds": list(hook.wants.kinds), "alerts": hook.wants.alerts}
    return {**values, **wanted, **service.outbox.standing(hook)}


def _tried(tried: Answer) -> dict[str, Any]:
    return {"taken": tried.is_taken, "status": tried.status, "problem": tried.problem or None}


def _letter(letter: Letter) -> dict[str, Any]:
    return {name: value for name, value in asdict(letter).items() if name != "webhook_id"}
