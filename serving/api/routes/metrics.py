"""GET /metrics; it needs no key and says nothing about anybody."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serving.api.access import Anyone
from serving.api.answers import problems
from serving.api.errors import NoSuchRouteError
from serving.api.route import Route
from serving.metrics import CONTENT_TYPE

EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures in Prometheus' text form",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}

router = APIRouter(route_class=Route, tags=["Server"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    description=(
        "Requests and their times, models that serve, events that wait for the lake, memory. Needs no key; "
        "the setting `metrics` turns it off."
    ),
    response_class=Response,
    responses={**EXPOSITION, **problems(404)},
)
async def metrics(service: Anyone) -> Response:
    """The figures as they stand."""
    if not service.settings.metrics:
        raise NoSuchRouteError("The figures are turned off here: set TAGLOOP_METRICS=true to turn them on")
    content = await asyncio.to_thread(service.metrics.exposition)
    return Response(content, headers={"Content-Type": CONTENT_TYPE})
