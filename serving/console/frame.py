"""What all pages share: who is signed in, the language, the theme, and headers that let nothing foreign in."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.language import Language, preferred
from serving.console.words import words
from serving.keys import Scope
from serving.service import Service
from serving.sessions import COOKIE, SignedIn

ROOT = "/console"
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


def service_of(request: Request) -> Service:
    """The server's parts."""
    service: Service = request.app.state.service
    return service


async def signed_in(request: Request) -> SignedIn | Response:
    """Who uses the page; whoever is not signed in is sent to sign in."""
    service = service_of(request)
    found = await asyncio.to_thread(service.sessions.find, request.cookies.get(COOKIE), service.now())
    if found is None or Scope.REVIEW not in found.caller.scopes:
        return RedirectResponse(f"{ROOT}/sign-in", SEE_OTHER)
    return found


async def page(request: Request, template: str, name: str, **values: Any) -> Response:
    """A page for who is signed in."""
    found = await signed_in(request)
    return (
        found if isinstance(found, Response) else rendered(request, template, who=found, page=name, **values)
    )


def rendered(
    request: Request,
    template: str,
    *,
    status: int = 200,
    who: SignedIn | None = None,
    page: str = "",
    **values: Any,
) -> Response:
    """The page that a template makes in the reader's language and theme, which it remembers."""
    language, theme = language_of(request), _theme(request)
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
            reviewer=who.caller.name if who else None,
            csrf=who.csrf if who else None,
            **values,
        )
    )
    response = HTMLResponse(html, status, dict(HEADERS))
    for name, value in ((LANGUAGE_COOKIE, language), (THEME_COOKIE, theme)):
        response.set_cookie(name, value, max_age=A_YEAR, path=ROOT, samesite="strict")
    return response


def language_of(request: Request) -> Language:
    """What the address asks for, else what was chosen before, else what the browser prefers."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return preferred(asked or request.headers.get("accept-language"))


def _theme(request: Request) -> str:
    asked = request.query_params.get("theme") or request.cookies.get(THEME_COOKIE)
    return asked if asked in THEMES else THEMES[0]


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("serving.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["code"] = _with_code
    return templates


def _with_code(text: str) -> Markup:
    """The text with what stands between backticks shown as what it is: something to type.

    >>> str(_with_code("run `tagloop train` <now>"))
    'run <code>tagloop train</code> &lt;now&gt;'
    """
    parts = text.split("`")
    shown = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    ]
    return Markup("").join(shown)
