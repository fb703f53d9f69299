"""The console's routes: pages made on the server, and two small scripts; nothing from outside, nothing inline."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from core.errors import NotSignedInError
from core.language import Language, preferred
from serving.console.words import words
from serving.keys import Scope
from serving.service import Service
from serving.sessions import COOKIE, LASTS, SignedIn

ROOT = "/console"
STATIC = f"{ROOT}/static"
LANGUAGE_COOKIE, THEME_COOKIE = "tagloop_lang", "tagloop_theme"
THEMES = ("auto", "light", "dark")
SEE_OTHER = 303
A_YEAR = 365 * 86_400

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the console to the app."""
    app.include_router(router)
    app.mount(STATIC, StaticFiles(packages=[("serving.console", "static")]), name="console-static")


@router.get(ROOT)
async def review(request: Request) -> Response:
    """The page for reviewing."""
    return await _page(request, "review.html.j2", "review")


@router.get(f"{ROOT}/reviewers")
async def reviewers(request: Request) -> Response:
    """How far everybody has come."""
    service: Service = request.app.state.service
    progress = await asyncio.to_thread(service.reviews.progress)
    return await _page(request, "reviewers.html.j2", "reviewers", progress=progress)


@router.get(f"{ROOT}/sign-in")
async def sign_in_page(request: Request) -> Response:
    """Where to show one's key."""
    return _rendered(request, "sign_in.html.j2", is_wrong=False)


@router.post(f"{ROOT}/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin a session for a key that may review."""
    service: Service = request.app.state.service
    form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
    try:
        caller = await asyncio.to_thread(service.keys.caller, form.get("key", [""])[0].strip())
    except NotSignedInError:
        caller = None
    if caller is None or Scope.REVIEW not in caller.scopes:
        return _rendered(request, "sign_in.html.j2", status=401, is_wrong=True)
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
    service: Service = request.app.state.service
    await asyncio.to_thread(service.sessions.end, request.cookies.get(COOKIE))
    response = RedirectResponse(f"{ROOT}/sign-in", SEE_OTHER)
    response.delete_cookie(COOKIE, path="/")
    return response


async def _page(request: Request, template: str, name: str, **values: Any) -> Response:
    """A page for who is signed in; others are sent to sign in."""
    service: Service = request.app.state.service
    signed_in = await asyncio.to_thread(service.sessions.find, request.cookies.get(COOKIE), service.now())
    if signed_in is None or Scope.REVIEW not in signed_in.caller.scopes:
        return RedirectResponse(f"{ROOT}/sign-in", SEE_OTHER)
    return _rendered(request, template, signed_in=signed_in, page=name, **values)


def _rendered(
    request: Request,
    template: str,
    *,
    status: int = 200,
    signed_in: SignedIn | None = None,
    page: str = "",
    **values: Any,
) -> Response:
    language, theme = _language(request), _theme(request)
    html = (
        _templates()
        .get_template(template)
        .render(
            language=language,
            theme=theme,
            themes=THEMES,
            t=words(language),
            path=request.url.path,
            page=page,
            reviewer=signed_in.caller.name if signed_in else None,
            csrf=signed_in.csrf if signed_in else None,
            **values,
        )
    )
    response = HTMLResponse(html, status, dict(HEADERS))
    for name, value in ((LANGUAGE_COOKIE, language), (THEME_COOKIE, theme)):
        response.set_cookie(name, value, max_age=A_YEAR, path=ROOT, samesite="strict")
    return response


def _language(request: Request) -> Language:
    """What the address asks for, else what was chosen before, else what the browser prefers."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return preferred(asked or request.headers.get("accept-language"))


def _theme(request: Request) -> str:
    asked = request.query_params.get("theme") or request.cookies.get(THEME_COOKIE)
    return asked if asked in THEMES else THEMES[0]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("serving.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
