"""GET /health and /ready; neither needs a key."""

import asyncio
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter
from starlette.responses import Response

from serving.api.access import Anyone
from serving.api.answers import answer, problems
from serving.api.route import Route
from serving.api.schemas.health import HealthAnswer, ReadyAnswer

router = APIRouter(route_class=Route, tags=["Server"])


@router.get(
    "/health",
    summary="Whether the server lives",
    description="Answers as long as the server runs. Needs no key.",
    response_model=HealthAnswer,
    responses=problems(),
)
async def health(service: Anyone) -> Response:
    """The server lives."""
    return answer({"status": "ok", "version": _version(), "now": service.now()})


@router.get(
    "/ready",
    summary="Whether the server can serve",
    description="Says whether store, lake and models can serve, and if not what to do. Needs no key.",
    response_model=ReadyAnswer,
    responses=problems(503),
)
async def ready(service: Anyone) -> Response:
    """Store, lake and models can serve."""
    await asyncio.to_thread(service.check_ready)
    return answer({"status": "ready", "release_id": service.live.snapshot.release.release_id})


@cache
def _version() -> str:
    return version("tagloop")  # reads and parses a file, which takes longer than all the rest of an answer
