"""The server's log: one JSON object a line, or plain lines on a terminal; never what callers sent.

Messages of exceptions, statements' parameters and bodies may be about people, so none of them is written: an error
leaves its type, its own untranslated template if it is ours, and the places in the code that it passed.
"""

import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError

from core.clock import OffsetClock
from core.errors import TagloopError

FRAMES_SHOWN = 30

_WALL = OffsetClock()
_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure() -> None:
    """Write to standard output, unless whoever started the server chose otherwise; other libraries' lines too."""
    if structlog.is_configured():
        return
    is_terminal = sys.stdout.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_messages,
            structlog.dev.ConsoleRenderer() if is_terminal else _as_json,
        ]
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


class RequestLog:
    """One line a request: written at once to a terminal, otherwise in one go with those of the same moment.

    A line through structlog's chain costs ten microseconds, as much as some answers; this takes two.
    """

    def __init__(self) -> None:
        self._through_structlog = True
        self._log = structlog.get_logger("tagloop.requests")

    def open(self) -> None:
        """Begin, once structlog is configured."""
        processors = structlog.get_config()["processors"]
        self._through_structlog = not processors or processors[-1] is not _as_json

    def write(self, values: Mapping[str, object]) -> None:
        """Write the line; a log that cannot be written stops no request."""
        if self._through_structlog:
            self._log.info("request", **values)
            return
        line = _encode({"event": "request", "level": "info", "timestamp": _WALL.now(), **values})
        try:
            sys.stdout.buffer.write(line + b"\n")
        except OSError:
            return

    def flush(self) -> None:
        """Hand the lines to the operating system."""
        try:
            sys.stdout.flush()
        except OSError:
            return


def without_messages(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The line with an exception told by types and places, for structlog's chain."""
    raised = _exception_of(line.pop("exc_info", None))
    if raised is not None:
        line["errors"] = [_told(error) for error in _chain(raised)]
    return line


def reason_of(error: BaseException) -> str:
    """Why a store or a disk does not answer, as its driver says it, without any value.

    >>> reason_of(OSError(28, "No space left on device", "/home/li/orders.csv"))
    'No space left on device'
    """
    if isinstance(error, DBAPIError):
        error = error.orig or error
        return str(_code_of(error) or type(error).__name__)
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return type(error).__name__


def _code_of(error: BaseException) -> object:
    """What SQLite and PostgreSQL call the fault, such as `SQLITE_FULL` and `57P01`."""
    return getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)


def _told(error: BaseException) -> dict[str, object]:
    told: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    if isinstance(error, TagloopError):
        told["message"] = error.text.message  # the template; what fills it came from outside
    elif _code_of(error):
        told["code"] = str(_code_of(error))
    told["stack"] = [f"{f.filename}:{f.lineno} {f.name}" for f in _frames(error.__traceback__)]
    return told


def _frames(found: TracebackType | None) -> list[traceback.FrameSummary]:
    return traceback.extract_tb(found)[-FRAMES_SHOWN:]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it came from, the outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _exception_of(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _as_json(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    return _encode(line).decode()


class _Libraries(logging.Handler):
    """What other libraries log, by template: the values that fill it may be about people."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on."""
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", logger=record.name, said=str(record.msg), exc_info=record.exc_info)
