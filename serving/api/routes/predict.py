"""POST /v1/predict."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from core.errors import InvalidInputError
from features.intake import each_once
from serving.api.access import SECURITY, MayPredict
from serving.api.answers import SENDING, answer, problems
from serving.api.route import Route
from serving.api.schemas.events import check_currency
from serving.api.schemas.predict import AskedCustomer, PredictAnswer, PredictRequest
from serving.asked import Asked

CUSTOMERS_IN_PLACE = 4  # so few take less time than handing them to a thread and back

router = APIRouter(route_class=Route, tags=["Predict"])


@router.post(
    "/v1/predict",
    summary="Predict tags, churn and segment",
    description=(
        "Predicts for 1 to 500 customers: stored ones as of the clock, or described by events that are not "
        "stored. Needs the scope `predict`."
    ),
    response_model=PredictAnswer,
    responses=problems(*SENDING),
    openapi_extra=SECURITY,
)
async def predict(request: PredictRequest, service: MayPredict) -> Response:
    """Predict tags, churn and segment of each customer asked for."""
    asked = [_asked(place, one, service.settings.currency) for place, one in enumerate(request.customers)]
    if service.store.is_sqlite and len(asked) <= CUSTOMERS_IN_PLACE and all(one.is_stored for one in asked):
        return answer(service.predict(asked))
    return await asyncio.to_thread(lambda: answer(service.predict(asked)))


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
