"""GET /v1/models/{name}/{version}/card."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from models.cards import read_card
from serving.api.access import MayRead
from serving.api.answers import READING, problems
from serving.api.route import Route

Name = Annotated[str, Path(description="the registered model", max_length=40, examples=["interest"])]
Version = Annotated[int, Path(description="its version", ge=1, le=1_000_000, examples=[1])]
PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The card as one HTML page",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}
# The page has its styles and its script inside, and asks for nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/models/{name}/{version}/card",
    summary="Read the card of a model version",
    description=(
        "One HTML page in both languages: what the version learned from, how good it is and for whom, its limits, and "
        "how to reproduce it. Also of versions that do not serve. Needs the scope `read`."
    ),
    response_class=Response,
    responses={**PAGE, **problems(*READING, 404, 422)},
)
async def read_model_card(name: Name, version: Version, service: MayRead) -> Response:
    """The card."""
    page = await asyncio.to_thread(read_card, service.settings.cards_path, name, version)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
