"""The console's routes: pages made on the server, and two small scripts; nothing from outside, nothing inline."""

import asyncio
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from core.errors import NotSignedInError
from serving.console import browse, drift
from serving.console.frame import ROOT, SEE_OTHER, page, rendered, service_of
from serving.keys import Scope
from serving.sessions import COOKIE, LASTS

STATIC = f"{ROOT}/static"

DOUBTS_SHOWN = 20

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the console to the app."""
    app.include_router(router)
    app.include_router(browse.router)
    app.include_router(drift.router)
    app.mount(STATIC, StaticFiles(packages=[("serving.console", "static")]), name="console-static")


@router.get(ROOT)
async def review(request: Request) -> Response:
    """The page for reviewing."""
    return await page(request, "review.html.j2", "review")


@router.get(f"{ROOT}/")
async def front() -> Response:
    """The same address as people may type it."""
    return RedirectResponse(ROOT, SEE_OTHER)


@router.get(f"{ROOT}/reviewers")
async def reviewers(request: Request) -> Response:
    """How far everybody has come."""
    service = service_of(request)
    progress = await asyncio.to_thread(service.reviews.progress)
    doubts = await asyncio.to_thread(service.reviews.errors)
    names = {tag.key: tag.name.model_dump() for tag in service.live.taxonomy.tags}
    return await page(
        request,
        "reviewers.html.j2",
        "reviewers",
        progress=progress,
        doubts=doubts["errors"][:DOUBTS_SHOWN],
        all_doubts=len(doubts["errors"]),
        names=names,
    )


@router.get(f"{ROOT}/sign-in")
async def sign_inpage(request: Request) -> Response:
    """Where to show one's key."""
    return rendered(request, "sign_in.html.j2", is_wrong=False)


@router.post(f"{ROOT}/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin a session for a key that may review."""
    service = service_of(request)
    form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
    try:
        caller = await asyncio.to_thread(service.keys.caller, form.get("key", [""])[0].strip())
    except NotSignedInError:
        caller = None
    if caller is None or Scope.REVIEW not in caller.scopes:
        return rendered(request, "sign_in.html.j2", status=401, is_wrong=True)
    token = await asyncio.to_thread(service.sessions.begin, caller, service.now())
    response = RedirectResponse(ROOT, SEE_OTHER)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.post(f"{ROOT}/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session. A strict cookie comes with no other site's request, so the form needs no second secret."""
    service = service_of(request)
    await asyncio.to_thread(service.sessions.end, request.cookies.get(COOKIE))
    response = RedirectResponse(f"{ROOT}/sign-in", SEE_OTHER)
    response.delete_cookie(COOKIE, path="/")
    return response
