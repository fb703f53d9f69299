"""Who may call what: a route asks for a scope and gets the service."""

from typing import Annotated, Any

from fastapi import Depends, Request

from core.errors import NotAllowedError
from serving.keys import Caller, Scope
from serving.service import Service
from serving.sessions import COOKIE, CSRF_HEADER

BEARER, HEADER = "bearer", "x-api-key"
SAFE_METHODS = frozenset({"GET", "HEAD"})
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


class Allowed:
    """Lets callers with a scope in; a route asks for it before it reads the body."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def __call__(self, request: Request) -> Service:
        """The service.

        Raises:
            NotSignedInError: There is no valid key.
            NotAllowedError: The key lacks the scope.
        """
        return admit(request, self._scope)


def admit(request: Request, scope: Scope) -> Service:
    """The service, for a caller whose key has the scope; the log learns the key's id."""
    service, state = _service(request), request.scope["state"]
    if state.get("admitted") is not scope:  # asked before the body is read, and once more by the route
        caller = _caller(request, service)
        state["key_id"], state["caller"] = caller.key_id, caller
        caller.require(scope)
        state["admitted"] = scope
    return service


def _caller(request: Request, service: Service) -> Caller:
    """Whose key the call brings, or who is signed in where it comes from a page of ours."""
    token = _token(request)
    signed_in = None if token else service.sessions.find(request.cookies.get(COOKIE), service.now())
    if signed_in is None:
        return service.keys.caller(token)
    if request.method not in SAFE_METHODS and not signed_in.proves(request.headers.get(CSRF_HEADER)):
        raise NotAllowedError("The call does not come from the page: load it again")
    return signed_in.caller


def caller_of(request: Request) -> str:
    """Who calls: the name of the key, so that a new key of the same name is the same person or system."""
    name: str = request.scope["state"]["caller"].name
    return name


def _token(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == BEARER:
        return token.strip()
    return request.headers.get(HEADER)


async def _open(request: Request) -> Service:
    return _service(request)


MayPredict = Annotated[Service, Depends(Allowed(Scope.PREDICT))]
MaySendEvents = Annotated[Service, Depends(Allowed(Scope.EVENTS))]
MayDecide = Annotated[Service, Depends(Allowed(Scope.FEEDBACK))]
MayReview = Annotated[Service, Depends(Allowed(Scope.REVIEW))]
MayRead = Annotated[Service, Depends(Allowed(Scope.READ))]
MayManage = Annotated[Service, Depends(Allowed(Scope.MANAGE))]
Anyone = Annotated[Service, Depends(_open)]
