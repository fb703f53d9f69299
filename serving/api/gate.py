"""What stands before the routes: a request id for each request, and a limit on its body."""

from collections.abc import Mapping
from re import compile as pattern
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ids import new_id
from core.language import preferred
from serving.api.errors import BodyTooLargeError
from serving.api.problems import problem_response

BODY_BYTES = 1_000_000
REQUEST_ID = "X-Request-ID"
_OWN_ID = pattern(r"[A-Za-z0-9._-]{1,64}")


class Gate:
    """Refuses a body that says it is too long before reading it, and one that turns out so once it does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        if int(headers.get("content-length") or 0) > BODY_BYTES:
            response = problem_response(_too_large(), scope, preferred(headers.get("accept-language")))
            await response(scope, receive, send_with_id)
            return
        await self.app(scope, _limited(receive), send_with_id)


def _limited(receive: Receive) -> Receive:
    """The same body, up to the limit."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_BYTES:
            raise _too_large()
        return message

    return limited


def _too_large() -> BodyTooLargeError:
    return BodyTooLargeError("A body has at most {limit} bytes; send it in several calls", limit=BODY_BYTES)


def _request_id(headers: Mapping[str, Any]) -> str:
    own = headers.get(REQUEST_ID)
    return own if own and _OWN_ID.fullmatch(own) else new_id("req")
