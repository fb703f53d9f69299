"""POST /v1/events."""

import asyncio
import json
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from features.contract import Event
from serving.api.access import MaySendEvents, admit
from serving.api.answers import JSON, SENDING, answer, problems
from serving.api.route import Route
from serving.api.schemas.events import EventsAnswer, EventsRequest, check_currency
from serving.keys import Scope
from serving.service import Service

INSTANT_BEFORE = timedelta(microseconds=1)
FEW_EVENTS = 20  # are read at once; more of them in a thread, so that other calls do not wait


class EventsRoute(Route):
    """Keeps well-formed events without the framework's dependencies: tills send them one by one."""

    async def quick_answer(self, request: Request) -> Response | None:
        """What became of well-formed events; what is wrong with others the route itself tells."""
        if request.headers.get("content-type") != JSON:
            return None
        service = admit(request, Scope.EVENTS)  # before the body is read
        try:
            body = EventsRequest.model_validate(json.loads(await request.body()))
        except (ValueError, RecursionError):
            return None
        return await send_events(body, request, service)


router = APIRouter(route_class=EventsRoute, tags=["Send"])


@router.post(
    "/v1/events",
    summary="Send events",
    description=(
        "Keeps 1 to 1,000 events, all of them or none. They are on disk before the answer, and the next "
        "prediction counts them. An event that is sent again counts once. Needs the scope `events`."
    ),
    response_model=EventsAnswer,
    responses=problems(*SENDING, 409),
)
async def send_events(body: EventsRequest, request: Request, service: MaySendEvents) -> Response:
    """Keep the events."""
    request.state.counts = {"events": len(body.events)}
    check_currency(body.events, service.settings.currency, "events")
    events = (
        _received(body, service)
        if len(body.events) <= FEW_EVENTS
        else await asyncio.to_thread(_received, body, service)
    )
    receipt = await service.accept(events)
    return answer({"accepted": receipt.accepted, "duplicates": receipt.duplicates})


def _received(body: EventsRequest, service: Service) -> list[Event]:
    # A question counts what was received before its instant: so it knows these also on a clock that stands still.
    received_at, currency = service.now() - INSTANT_BEFORE, service.settings.currency
    return [
        event.to_event(event.event_id, event.customer_id, received_at=received_at, currency=currency)
        for event in body.events
    ]
