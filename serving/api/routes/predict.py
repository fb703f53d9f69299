"""POST /v1/predict."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.errors import InvalidInputError
from features.intake import each_once
from serving.api.access import MayPredict, admit
from serving.api.answers import JSON, SENDING, problems, written
from serving.api.route import Route
from serving.api.schemas.events import check_currency
from serving.api.schemas.predict import AskedCustomer, PredictAnswer, PredictRequest, only_names
from serving.asked import Asked
from serving.keys import Scope
from serving.service import Service

CUSTOMERS_IN_PLACE = 4  # so few take less time than handing them to a thread and back


class PredictRoute(Route):
    """Answers calls for stored customers without the framework's parsing, dependencies and validation."""

    async def quick_answer(self, request: Request) -> Response | None:
        """The answer to a well-formed call that only names stored customers."""
        if request.headers.get("content-type") != JSON:
            return None
        service = admit(request, Scope.PREDICT)  # before the body is read
        names = only_names(await request.body())
        return await _of_stored(names, service) if names else None


router = APIRouter(route_class=PredictRoute, tags=["Predict"])


@router.post(
    "/v1/predict",
    summary="Predict tags, churn and segment",
    description=(
        "Predicts for 1 to 500 customers: stored ones as of the clock, or described by events that are not "
        "stored. With `explain` each tag and the churn risk come with what moved them most. "
        "Needs the scope `predict`."
    ),
    response_model=PredictAnswer,
    responses=problems(*SENDING),
)
async def predict(request: PredictRequest, service: MayPredict) -> Response:
    """Predict tags, churn and segment of each customer asked for."""
    asked = [_asked(place, one, service.settings.currency) for place, one in enumerate(request.customers)]
    if request.explain:
        return written(await asyncio.to_thread(service.predictor.mixed, asked, explain=True))
    if all(one.is_stored for one in asked):
        return await _of_stored([one.customer_id or "" for one in asked], service)
    return written(await asyncio.to_thread(service.predictor.mixed, asked))


async def _of_stored(names: Sequence[str], service: Service) -> Response:
    if len(names) > CUSTOMERS_IN_PLACE:
        return written(await asyncio.to_thread(service.predictor.many, names))
    if not service.store.is_sqlite:  # the event loop does not wait for a network
        return written(await asyncio.to_thread(service.predictor.few, names))
    return written(await service.line.ask(names))


def _asked(place: int, one: AskedCustomer, currency: str) -> Asked:
    if one.events is None:
        return Asked(place, one.customer_id)
    check_currency(one.events, currency, f"customers.{place}.events")
    events = [
        event.to_event(
            event.event_id or f" {number:05d}",  # no id that a caller gives begins with a blank
            str(place),
            received_at=event.occurred_at,
            currency=currency,
        )
        for number, event in enumerate(one.events)
    ]
    distinct = each_once(events, f"customers.{place}.events", InvalidInputError)
    return Asked(place, one.customer_id, distinct, one.attributes or {})
