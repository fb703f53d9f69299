"""The API's description and its page, in English and Chinese, with nothing from outside."""

import copy
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from core.language import Language, preferred, translate
from serving.api.access import SECURITY_SCHEMES
from serving.api.answers import answer
from serving.api.problems import MEDIA_TYPE

STATIC = "/docs-files"
FIRST_ERROR_STATUS = 400
TITLE = "Tagloop API"
DESCRIPTION = (
    "Send customer events, get tags with confidence, churn risk and a segment for each customer. "
    "Calls under /v1 need an API key: `tagloop keys create` makes one."
)
TAGS = {
    "Predict": "What a customer is likely to be interested in, to leave, to resemble",
    "Send": "Events and reviewers' decisions; on disk before the answer",
    "Review": "Tasks for reviewers, and what they say to them",
    "Read": "Profiles, and what there is",
    "Manage": "Definitions, imports and webhooks: what a deployment is told to do",
    "Server": "Whether the server lives and can serve; no key needed",
}


def install(app: FastAPI) -> None:
    """Add /docs, whither / leads, and /openapi.json; `?lang=zh` or the browser's language chooses Chinese."""

    @cache
    def described(language: Language) -> dict[str, Any]:
        return describe(app, language)

    def openapi() -> dict[str, Any]:
        return described("en")

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_json(request: Request) -> Response:
        return answer(described(_chosen(request)))

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return _page(_chosen(request))

    @app.get("/", include_in_schema=False)
    async def front() -> RedirectResponse:
        return RedirectResponse("docs", 303)

    app.mount(STATIC, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-files")
    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to own the description


def describe(app: FastAPI, language: Language) -> dict[str, Any]:
    """The OpenAPI description in a language."""
    found = get_openapi(
        title=TITLE,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    found = copy.deepcopy(found)
    found["components"]["securitySchemes"] = SECURITY_SCHEMES
    for path in found["paths"].values():
        for operation in path.values():
            _mark_problems(operation["responses"])
            operation["tags"] = [translate(name, language) for name in operation["tags"]]
    for tag in found["tags"]:
        tag["name"] = translate(tag["name"], language)
    described: dict[str, Any] = _in_language(found, language)
    return described


def _mark_problems(responses: dict[str, Any]) -> None:
    """Errors are problem details, not plain JSON."""
    for status, response in responses.items():
        if int(status) >= FIRST_ERROR_STATUS and "application/json" in response.get("content", {}):
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}


def _in_language(value: Any, language: Language) -> Any:
    """The same description with its texts translated, and without field titles that only repeat a name."""
    if isinstance(value, list):
        return [_in_language(part, language) for part in value]
    if not isinstance(value, dict):
        return value
    is_schema = "type" in value or "anyOf" in value or "$ref" in value
    return {
        key: translate(part, language)
        if key in {"summary", "description"} and isinstance(part, str)
        else _in_language(part, language)
        for key, part in value.items()
        if not (key == "title" and is_schema and isinstance(part, str) and "properties" not in value)
    }


def _page(language: Language) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url=f"openapi.json?lang={language}",
        title=TITLE,
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
        swagger_ui_parameters={
            "docExpansion": "list",
            "defaultModelsExpandDepth": 0,
            "persistAuthorization": True,
        },
    )
    other: Language = "en" if language == "zh" else "zh"
    switch = f'<a href="docs?lang={other}" lang="{other}" style="{_SWITCH}">{_NAMES[other]}</a>'
    html = bytes(page.body).decode().replace("<body>", f"<body>{switch}", 1)
    return HTMLResponse(html.replace("<html>", f'<html lang="{_CODES[language]}">', 1))


def _chosen(request: Request) -> Language:
    return preferred(request.query_params.get("lang") or request.headers.get("accept-language"))


_NAMES = {"en": "English", "zh": "中文"}
_CODES = {"en": "en", "zh": "zh-Hans"}
_SWITCH = "position:absolute;top:16px;right:24px;font:14px system-ui,sans-serif;color:#3b4151"
