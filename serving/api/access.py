"""Who may call what: a route asks for a scope and gets the service."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from serving.keys import Scope
from serving.service import Service

BEARER, HEADER = "bearer", "x-api-key"
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "ApiKeyBearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "an API key: `Authorization: Bearer tl_...`",
    },
    "ApiKeyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "the same key, alone",
    },
}
SECURITY: dict[str, Any] = {"security": [{name: []} for name in SECURITY_SCHEMES]}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _allowed(scope: Scope) -> Callable[[Request], Awaitable[Service]]:
    async def service(request: Request) -> Service:
        found = _service(request)
        found.keys.caller(_token(request)).require(scope)
        return found

    return service


def _token(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == BEARER:
        return token.strip()
    return request.headers.get(HEADER)


async def _open(request: Request) -> Service:
    return _service(request)


MayPredict = Annotated[Service, Depends(_allowed(Scope.PREDICT))]
MaySendEvents = Annotated[Service, Depends(_allowed(Scope.EVENTS))]
MayDecide = Annotated[Service, Depends(_allowed(Scope.FEEDBACK))]
MayRead = Annotated[Service, Depends(_allowed(Scope.READ))]
Anyone = Annotated[Service, Depends(_open)]
