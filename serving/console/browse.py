"""Pages to read: customers with their tags, tags with their promises, segments, models with their cards."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from core.errors import NotFoundError
from models.cards import read_card
from serving.api.routes.models import POLICY, Name, Version
from serving.catalogue import models, segments, tags
from serving.console.frame import HEADERS, ROOT, page, service_of, signed_in
from serving.reviewing.showing import PRIVATE
from serving.service import Service

CHANGES_SHOWN = 20

router = APIRouter(include_in_schema=False)


@router.get(f"{ROOT}/tags")
async def tags_page(request: Request) -> Response:
    """Every tag in use, and what is promised of it."""
    service = service_of(request)
    live = service.live
    found = tags(live.taxonomy, live.maybe_snapshot, service.settings, service.now())
    shown = [tag for tag in found["tags"] if tag["status"] != "retired"]
    return await page(request, "tags.html.j2", "tags", tags=shown)


@router.get(f"{ROOT}/segments")
async def segments_page(request: Request) -> Response:
    """The segments and what is typical of each."""
    snapshot = service_of(request).live.maybe_snapshot
    return await page(request, "segments.html.j2", "segments", found=segments(snapshot) if snapshot else None)


@router.get(f"{ROOT}/models")
async def models_page(request: Request) -> Response:
    """The models that serve, and what was refused."""
    snapshot = service_of(request).live.maybe_snapshot
    return await page(request, "models.html.j2", "models", found=models(snapshot) if snapshot else None)


@router.get(f"{ROOT}/models/{{name}}/{{version}}")
async def card_page(request: Request, name: Name, version: Version) -> Response:
    """The card of a model version, which is a page of its own."""
    response = await signed_in(request)
    if isinstance(response, Response):
        return response
    card = await asyncio.to_thread(read_card, service_of(request).settings.cards_path, name, version)
    return HTMLResponse(card, headers={**HEADERS, "Content-Security-Policy": POLICY})


@router.get(f"{ROOT}/customers")
async def customer_page(request: Request) -> Response:
    """One customer: who they are, what they carry and why, what changed, what they did last."""
    customer_id = request.query_params.get("id", "").strip()
    response = await signed_in(request)
    if isinstance(response, Response):
        return response
    found = await asyncio.to_thread(_customer, service_of(request), customer_id) if customer_id else None
    return await page(request, "customer.html.j2", "customers", asked=customer_id, found=found)


def _customer(service: Service, customer_id: str) -> dict[str, Any] | None:
    """What is shown of a customer; nothing by which somebody could be found or written to. None for nobody."""
    try:
        profile = service.profile(customer_id)
        changes = service.tagging.history_of(customer_id, limit=CHANGES_SHOWN)["changes"]
    except NotFoundError:
        return None
    shown = [one for one in profile["attributes"] if not PRIVATE.search(one["key"])]
    return {**profile, "attributes": shown, "changes": changes}
