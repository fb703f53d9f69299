"""Around everything: gives each request an id, counts it, logs it, and lets no fault out as anything but a problem."""

import asyncio
from re import compile as pattern
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ids import new_id
from core.language import preferred
from serving.api.problems import of_exception, problem_response
from serving.logs import RequestLog
from serving.metrics import Metrics

REQUEST_ID = "X-Request-ID"
NO_ROUTE = "none"  # stands for every path that leads nowhere: their number has no end
FLUSH_SECONDS = 0.2
_OWN_ID = pattern(r"[A-Za-z0-9._-]{1,64}")
_HEADER = REQUEST_ID.lower().encode()


class Watch:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: RequestLog) -> None:
        self.app = app
        self._metrics = metrics
        self._log = log
        self._flushes_soon = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, method, status = perf_counter(), scope["method"], 0
        request_id = _request_id(scope)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            known = of_exception(error, request_id)
            if status:
                raise  # too late to say so: the server breaks the connection off
            language = preferred(Headers(scope=scope).get("accept-language"))
            response = problem_response(known, scope, language)
            await response(scope, receive, send_with_id)
        finally:
            self._note(scope, method, status, perf_counter() - begin)

    def _note(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        self._metrics.request(method, route, status, seconds)
        state = scope["state"]
        line = {
            "request_id": state["request_id"],
            "method": method if method.isalpha() and len(method) <= len("PROPPATCH") else "other",
            "route": route,
            "status": status,
            "milliseconds": round(1000 * seconds, 3),
            "key_id": state.get("key_id"),
            **state.get("counts", {}),
        }
        if "problem" in state:
            line["problem"] = state["problem"]
        self._log.write(line)
        if not self._flushes_soon:
            self._flushes_soon = True
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushes_soon = False
        self._log.flush()


def _request_id(scope: Scope) -> str:
    """The caller's own id if it is a plain one, else a new one."""
    for name, value in scope["headers"]:
        if name == _HEADER:
            own = value.decode("latin-1")
            return own if _OWN_ID.fullmatch(own) else new_id("req")
    return new_id("req")
