"""GET /v1/drift."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from monitoring.summary import summary
from serving.api.access import MayRead
from serving.api.answers import READING, answer, problems
from serving.api.route import Route
from serving.api.schemas.drift import DriftAnswer
from serving.service import Service

FINDINGS_A_CHECK = 20

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/drift",
    summary="Read whether the world changed",
    description=(
        "Whether customers, predictions and promises are still what the models learned from, as `tagloop drift` last "
        "found; what is wrong, and whether to retrain. Needs the scope `read`."
    ),
    response_model=DriftAnswer,
    responses=problems(*READING),
)
async def read_drift(service: MayRead) -> Response:
    """What monitoring found."""
    return answer(await asyncio.to_thread(found, service))


def found(service: Service) -> dict[str, Any]:
    """What there is to tell, with the first findings of each check."""
    with service.store.read() as connection:
        told = summary(connection)
    checks = [{**one, "findings": one["findings"][:FINDINGS_A_CHECK]} for one in told["checks"]]
    return {**told, "checks": checks}
