"""What a database or a disk that fails is told as: one table from the driver's codes to words for people."""

import errno
import re
import sqlite3
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.errors import UnavailableError
from core.language import Text

FULL = Text(
    "The disk is full ({reason}): free some space and send or start the same again. Nothing is left half done, and "
    "a server need not be restarted"
)
LOCKED = Text(
    "Another process has been writing to the store for too long ({reason}); nothing was stored. Try again in a "
    "moment; if it stays so, look for a command that hangs"
)
READ_ONLY = Text(
    "The store or its folder cannot be written ({reason}); nothing was stored. Give this user the right to write "
    "there, and try again"
)
DAMAGED = Text("The store is damaged ({reason}): put back a copy, or set TAGLOOP_HOME to a new folder")
AWAY = Text("The store does not answer now. Send the same again in a moment: what was kept counts once")
REFUSED = Text("The store cannot be opened: {reason}. Look at TAGLOOP_HOME and TAGLOOP_DATABASE_URL")
SLOW = Text("The store took too long to answer ({reason}); nothing was stored. Try again in a moment")
BUSY = Text(
    "Too many connections to the store are in use ({reason}); nothing was stored. Try again in a moment"
)

OF_SQLITE: Mapping[int, Text] = MappingProxyType(
    {
        sqlite3.SQLITE_FULL: FULL,
        sqlite3.SQLITE_IOERR: AWAY,
        sqlite3.SQLITE_BUSY: LOCKED,
        sqlite3.SQLITE_LOCKED: LOCKED,
        sqlite3.SQLITE_READONLY: READ_ONLY,
        sqlite3.SQLITE_PERM: READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: REFUSED,
        sqlite3.SQLITE_NOTADB: REFUSED,
        sqlite3.SQLITE_CORRUPT: DAMAGED,
        sqlite3.SQLITE_PROTOCOL: LOCKED,
        sqlite3.SQLITE_IOERR_WRITE: FULL,
        sqlite3.SQLITE_IOERR_SHMSIZE: FULL,
    }
)
"""By SQLite's result code; the extended one is looked up first, then its lowest byte."""

OF_POSTGRES: Mapping[str, Text] = MappingProxyType(
    {
        "53100": FULL,
        "55P03": LOCKED,
        "40P01": LOCKED,
        "25006": READ_ONLY,
        "42501": READ_ONLY,
        "57014": SLOW,
        "53300": BUSY,
        "3D000": REFUSED,
        "XX001": DAMAGED,
        "08": AWAY,
        "28": REFUSED,
        "40": AWAY,
        "53": AWAY,
        "57": AWAY,
        "58": AWAY,
    }
)
"""By SQLSTATE; the whole code is looked up first, then its class, the first two characters."""

OF_SYSTEM: Mapping[int, Text] = MappingProxyType(
    {
        errno.ENOSPC: FULL,
        errno.EDQUOT: FULL,
        errno.EFBIG: FULL,
        errno.EROFS: READ_ONLY,
        errno.EACCES: READ_ONLY,
        errno.EPERM: READ_ONLY,
    }
)
"""By the operating system's error number, for the files of lake, releases and models."""

SAID = MappingProxyType(
    {
        "No space left on device": FULL,
        "File too large": FULL,
        "database or disk is full": FULL,
        "database is locked": LOCKED,
    }
)
"""By what a library says that keeps no number of the error below it."""


_DRIVER = re.compile(r"^\([a-z0-9_.]+\.\w+\) ")  # such as "(sqlite3.OperationalError) ", by SQLAlchemy


def explain(error: BaseException) -> UnavailableError | None:
    """The error to tell of, if a database or a disk failed somewhere below this one; None if it is anything else."""
    return next((found for cause in _causes(error) if (found := _explained(cause)) is not None), None)


def explain_opening(error: BaseException) -> UnavailableError:
    """The same of an error at opening, where a database that is away is one whose address may be wrong."""
    known = explain(error)
    if known is not None and known.text.message != AWAY.message:
        return known
    return UnavailableError(REFUSED.message, reason=first_line(error))


def first_line(error: BaseException) -> str:
    """What the driver or the system said, without SQLAlchemy's remarks, a password or a path."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return _DRIVER.sub("", said.splitlines()[0]).rstrip(".")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _explained(error: BaseException) -> UnavailableError | None:
    if isinstance(error, UnavailableError):
        return error
    text = _text(error)
    return None if text is None else UnavailableError(text.message, reason=first_line(error))


def _text(error: BaseException) -> Text | None:
    if isinstance(error, PoolTimeoutError):
        return BUSY
    if isinstance(error, SQLAlchemyError):
        return _of_driver(error.orig) if isinstance(error, DBAPIError) else None
    if isinstance(error, sqlite3.Error):
        return _of_driver(error)
    if isinstance(error, OSError) and error.errno is not None and error.errno in OF_SYSTEM:
        return OF_SYSTEM[error.errno]
    return next((text for said, text in SAID.items() if said in str(error)), None)


def _of_driver(error: BaseException | None) -> Text | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return OF_SQLITE.get(code, OF_SQLITE.get(code & 0xFF))
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return OF_POSTGRES.get(state, OF_POSTGRES.get(state[:2]))
    # No code: the connection could not be made, or it broke. A statement that is wrong always brings its code.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return AWAY if kinds & {"OperationalError", "InterfaceError"} else None
