"""How a request reaches its route: the body is read and parsed here, and nothing leaves but a response."""

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core.errors import TagloopError
from serving.api.access import SECURITY, Allowed
from serving.api.errors import MalformedBodyError, UnsupportedContentTypeError
from serving.api.problems import language_of, of_exception, problem_response

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route whose faults become problems, and whose body is JSON whatever else it may be.

    One that asks for a scope tells so in the API's description.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        if self._guards:
            self.openapi_extra = {**(self.openapi_extra or {}), **SECURITY}

    @property
    def _guards(self) -> list[Allowed]:
        return [part.call for part in self.dependant.dependencies if isinstance(part.call, Allowed)]

    async def quick_answer(self, request: Request) -> Response | None:  # noqa: ARG002 (for routes that have one)
        """The answer to a plain call that needs none of the framework's work; None for every other call."""
        return None

    def get_route_handler(self) -> Handler:
        """The handler, with its body read first."""
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        guards = self._guards

        async def handler(request: Request) -> Response:
            try:
                if quick := await self.quick_answer(request):
                    return quick
                if takes_body:
                    for guard in guards:
                        await guard(request)  # who may not call is told so, not what is wrong with the body
                    await _read_json(request)
                return await handle(request)
            except (TagloopError, RequestValidationError, HTTPException):
                raise  # the app's handlers know these
            except Exception as error:  # noqa: BLE001 (whatever it is, the caller gets a problem)
                known = of_exception(error, request.state.request_id)
                return problem_response(known, request.scope, language_of(request))

        return handler


async def _read_json(request: Request) -> None:
    """Parse the body once; the framework finds it parsed."""
    _check_content_type(request.headers.get("content-type"))
    body = await request.body()
    try:
        # NaN and Infinity are let through here: the fields refuse them and can say where they are.
        request._json = json.loads(body)  # noqa: SLF001 (where Starlette keeps it)
    except UnicodeDecodeError:
        raise MalformedBodyError("The body is not UTF-8 text; JSON is") from None
    except json.JSONDecodeError as error:
        raise MalformedBodyError(
            "The body is no JSON: line {line}, column {column}: {problem}",
            line=error.lineno,
            column=error.colno,
            problem=error.msg,
        ) from None
    except RecursionError:
        raise MalformedBodyError("The body is nested too deeply") from None
    except ValueError:
        raise MalformedBodyError("The body holds a number with too many digits") from None


def _check_content_type(header: str | None) -> None:
    message = Message()
    message["content-type"] = header or ""
    subtype = message.get_content_subtype()
    if message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json")):
        return
    raise UnsupportedContentTypeError(
        "Send the body as JSON with the header Content-Type: application/json, not {got}",
        got=repr(header or ""),
    )
