"""What stands before the routes: limits on a request's address, headers and body."""

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import FieldError, TagloopError
from core.language import Text, preferred
from serving.api.errors import (
    AddressTooLongError,
    BodyTooLargeError,
    HeadersTooLargeError,
    MalformedAddressError,
)
from serving.api.problems import problem_response

BODY_BYTES = 1_000_000
HEADER_BYTES, HEADERS = 16_384, 100
ADDRESS_BYTES = 8_192
SHOWN_HEADER = 60


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
        refused = _refused(scope, headers)
        if refused is not None:
            response = problem_response(refused, scope, preferred(headers.get("accept-language")))
            await response(scope, receive, send)
            return
        await self.app(scope, _limited(receive), send)


def _refused(scope: Scope, headers: Headers) -> TagloopError | None:
    """What is wrong with a request before its body is read, if anything is."""
    raw = scope["headers"]
    size = sum(len(name) + len(value) for name, value in raw)
    if size > HEADER_BYTES or len(raw) > HEADERS:
        return _headers_too_large(raw)
    path = scope.get("raw_path") or b""
    if len(path) + len(scope["query_string"]) > ADDRESS_BYTES:
        return AddressTooLongError("A path with its query has at most {limit} bytes", limit=ADDRESS_BYTES)
    if b"%" in path and not _is_utf8(unquote_to_bytes(path)):
        return MalformedAddressError("The path is not UTF-8 text; write other characters as %XX")
    if int(headers.get("content-length") or 0) > BODY_BYTES:
        return _too_large()
    return None


def _headers_too_large(raw: Sequence[tuple[bytes, bytes]]) -> HeadersTooLargeError:
    longest, value = max(raw, key=lambda header: len(header[1]))
    found = Text("the longest header, with {length} bytes", {"length": len(value)})
    return HeadersTooLargeError(
        "A request has at most {count} headers with {limit} bytes in all",
        count=HEADERS,
        limit=HEADER_BYTES,
        fields=(FieldError(longest.decode("latin-1")[:SHOWN_HEADER], found, "headers_too_large"),),
    )


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


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
