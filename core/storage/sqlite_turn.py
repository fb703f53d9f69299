"""The turn to write on SQLite, waited for finely.

Whoever finds the store locked sleeps by SQLite's own rule ever longer, up to a tenth of a second, while the other may
be done after a few thousandths: a server would keep its callers waiting for nothing.
"""

import sqlite3
import time

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

LOOK_SECONDS = 0.001
BEGIN = "BEGIN IMMEDIATE"
_PRIMARY = 0xFF  # of a result code; the rest says more of it


def begin(connection: Connection) -> None:
    """Begin a transaction that writes, once no other does.

    Raises:
        OperationalError: Others wrote for longer than the connection's patience.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 (whoever calls has asked)
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + patience / 1000
    try:
        driver.execute("PRAGMA busy_timeout = 0")
        while not _began(driver, is_last=time.monotonic() >= until):
            time.sleep(LOOK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}")
    connection.begin()  # SQLAlchemy's own account of it; without one it would commit nothing


def _began(driver: sqlite3.Connection, *, is_last: bool) -> bool:
    try:
        driver.execute(BEGIN)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or is_last:
            raise OperationalError(BEGIN, None, error) from error
        return False
    return True
