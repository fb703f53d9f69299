"""Problem details (RFC 9457): the one form in which every error leaves the API."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from core.errors import (
    BeingMadeError,
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
    NotSignedInError,
    TagloopError,
    UnavailableError,
)
from core.language import Language, Text, preferred
from core.storage.faults import AWAY, explain
from serving.api.errors import (
    AddressTooLongError,
    BodyTooLargeError,
    HeadersTooLargeError,
    InternalError,
    MalformedAddressError,
    MalformedBodyError,
    MethodNotAllowedError,
    NoSuchRouteError,
    UnsupportedContentTypeError,
)
from serving.api.fields import Answer
from serving.api.validation import to_domain
from serving.logs import reason_of

MEDIA_TYPE = "application/problem+json"
HTTP_NOT_FOUND, HTTP_METHOD_NOT_ALLOWED = 404, 405

STATUS: Mapping[type[TagloopError], tuple[int, Text]] = MappingProxyType(
    {
        MalformedAddressError: (400, Text("The path is no text")),
        MalformedBodyError: (400, Text("The body is no JSON")),
        NotSignedInError: (401, Text("An API key is needed")),
        NotAllowedError: (403, Text("The API key does not allow this")),
        NotFoundError: (404, Text("There is no such thing")),
        NoSuchRouteError: (404, Text("There is nothing at this path")),
        MethodNotAllowedError: (405, Text("The path does not take this method")),
        ConflictError: (409, Text("This contradicts what is stored")),
        GoneError: (410, Text("This is not kept any more")),
        BodyTooLargeError: (413, Text("The body is too large")),
        AddressTooLongError: (414, Text("The address is too long")),
        UnsupportedContentTypeError: (415, Text("The body must be JSON")),
        InvalidInputError: (422, Text("The request is not as expected")),
        HeadersTooLargeError: (431, Text("The headers are too large")),
        InternalError: (500, Text("Something went wrong here")),
        NotReadyError: (503, Text("Something has to be done first")),
        UnavailableError: (503, Text("A part of the system does not answer")),
    }
)
"""Which status and title each class of error gets; a subclass has its parent's."""

_log = structlog.get_logger("tagloop.serving")


class WrongField(Answer):
    """One field that is wrong."""

    field: str = Field(description="where it is in the request", examples=["events.3.amount"])
    message: str = Field(
        description="what was expected and what was got", examples=['expected a number, got "x"']
    )
    code: str = Field(description="stable, for programs", examples=["money_type"])


class Problem(Answer):
    """An error (RFC 9457)."""

    type: str = Field(description="names the kind of error", examples=["urn:tagloop:problem:invalid_input"])
    title: str = Field(
        description="the kind of error for people", examples=["The request is not as expected"]
    )
    status: int = Field(description="the HTTP status", examples=[422])
    detail: str = Field(
        description="what is wrong and what to do next",
        examples=['events.3.amount: expected a number, or a number in quotes, got "x"'],
    )
    code: str = Field(description="stable, for programs", examples=["invalid_input"])
    instance: str = Field(description="the path that was called", examples=["/v1/events"])
    request_id: str = Field(
        description="name it when you report a fault", examples=["req_1f0a6c9d2b7e4f5a8c3d1e2b"]
    )
    errors: list[WrongField] = Field(default=[], description="each wrong field, where fields are wrong")


def problem_response(error: TagloopError, scope: Mapping[str, Any], language: Language) -> Response:
    """The response that tells of the error."""
    status, title = _status_of(error)
    scope.get("state", {})["problem"] = error.code
    body = {
        "type": f"urn:tagloop:problem:{error.code}",
        "title": title.render(language),
        "status": status,
        "detail": _detail(error, language),
        "code": error.code,
        "instance": scope.get("path", ""),
        "request_id": scope.get("state", {}).get("request_id", ""),
        "errors": [
            {"field": f.field, "message": f.message.render(language), "code": f.code} for f in error.fields
        ],
    }
    headers: dict[str, str] = {"Content-Language": language}
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = 'Bearer realm="tagloop"'
    if isinstance(error, BeingMadeError):
        headers["Retry-After"] = str(error.seconds)
    return Response(to_json(body, inf_nan_mode="constants"), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(TagloopError, _of_domain)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


def language_of(request: Request) -> Language:
    """The language that the caller asks for."""
    return preferred(request.headers.get("accept-language"))


def of_exception(error: Exception, request_id: str) -> TagloopError:
    """The error to tell of when something else than a domain error was raised; it is logged."""
    known = explain(error) or (UnavailableError(AWAY.message) if isinstance(error, OSError) else None)
    if known is not None:
        _log.warning("unavailable", request_id=request_id, reason=reason_of(error), exc_info=error)
        return known
    _log.error("unhandled", request_id=request_id, exc_info=error)
    return InternalError(
        "This is a fault of Tagloop, not of your request; the log has the request id {id}", id=request_id
    )


def _status_of(error: TagloopError) -> tuple[int, Text]:
    for parent in type(error).__mro__:
        if parent in STATUS:
            return STATUS[parent]
    return STATUS[InternalError]


def _detail(error: TagloopError, language: Language) -> str:
    detail = error.text.render(language)
    if not error.fields:
        return detail
    first = f"{error.fields[0].field}: {error.fields[0].message.render(language)}"
    return first if len(error.fields) == 1 else f"{detail}: {first}"


async def _of_domain(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, TagloopError) else of_exception(error, request.state.request_id)
    if isinstance(known, UnavailableError) and isinstance(known.__cause__, Exception):
        of_exception(
            known.__cause__, request.state.request_id
        )  # the log tells the cause, the answer does not
    return problem_response(known, request.scope, language_of(request))


async def _of_validation(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    return problem_response(to_domain(found), request.scope, language_of(request))


async def _of_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 0
    headers = dict(getattr(error, "headers", None) or {})
    if status == HTTP_METHOD_NOT_ALLOWED:
        headers["Allow"] = _methods_at(request, headers.get("Allow", "-"))
    response = problem_response(_http_error(status, request, headers), request.scope, language_of(request))
    response.headers.update(headers)
    return response


def _methods_at(request: Request, told: str) -> str:
    """The methods that a path takes: each is a route of its own, and the framework tells of the first alone."""
    routes: Sequence[Route] = request.app.state.routes
    first = next((route for route in routes if route.matches(request.scope)[0] is not Match.NONE), None)
    if first is None:
        return told
    found = {method for route in routes if route.path == first.path for method in route.methods or ()}
    if "GET" in found:
        found.add("HEAD")  # the server answers HEAD wherever it answers GET
    return ", ".join(sorted(found))


def _http_error(status: int, request: Request, headers: Mapping[str, str]) -> TagloopError:
    if status == HTTP_NOT_FOUND:
        return NoSuchRouteError("There is nothing at {path}; /docs lists the paths", path=request.url.path)
    if status == HTTP_METHOD_NOT_ALLOWED:
        return MethodNotAllowedError(
            "{path} takes {allowed}, not {method}",
            path=request.url.path,
            allowed=headers.get("Allow", headers.get("allow", "-")),
            method=request.method,
        )
    return MalformedBodyError("The request could not be read")
