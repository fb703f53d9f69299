"""Answers as JSON, without validating them again on the way out."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.responses import Response

from serving.api.problems import Problem

JSON = "application/json"


_ENCODER = msgspec.json.Encoder()


def answer(values: Any) -> Response:
    """A response with those values; a test holds them against the declared model."""
    return written(_ENCODER.encode(values))


async def answered(found: Callable[[], Any]) -> Response:
    """A response with what is found; both is done in a thread, so that other calls do not wait."""
    return await asyncio.to_thread(lambda: answer(found()))


def written(body: bytes) -> Response:
    """A response with JSON that is written already."""
    return Response(body, media_type=JSON)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for the API's description."""
    every = sorted({*statuses, *ALWAYS})
    return {status: {"model": Problem, "description": DESCRIPTIONS[status]} for status in every}


DESCRIPTIONS = {
    400: "The body is no JSON, or the path no text",
    401: "An API key is needed",
    403: "The API key does not allow this",
    404: "There is no such thing",
    409: "This contradicts what is stored",
    410: "This is not kept any more",
    413: "The body is too large",
    414: "The address is too long",
    415: "The body must be JSON",
    422: "The request is not as expected",
    431: "The headers are too large",
    503: "Something has to be done first, or a part of the system does not answer",
}
ALWAYS = (400, 414, 431)
READING = (401, 403, 503)
SENDING = (400, 401, 403, 413, 415, 422, 503)
