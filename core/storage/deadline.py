"""Gives up on a PostgreSQL that hangs without closing its connections: no answer in time is one that broke off.

A limit that the server keeps, such as `statement_timeout`, does not help when the server itself stands still, and its
machine goes on confirming every packet. So the wait for an answer is limited here as well.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, event

_READY_NONE = 0  # what psycopg tells its own generators each time that nothing has come for a moment


class _Impatient(psycopg.Connection[Any]):
    """A connection that breaks when an answer takes longer than `seconds`, or a sign of life than `soon`."""

    seconds = 0.0
    soon = 0.0

    def wait(self, gen: Generator[Any, Any, Any], *given: Any, **named: Any) -> Any:
        """What the generator returns; every wait for the server passes here."""
        # The pool looks whether a connection still lives before it lends it, and it alone does so in autocommit.
        limit = self.soon if self.autocommit else self.seconds
        return super().wait(self._in_time(gen, limit) if limit else gen, *given, **named)

    def _in_time(self, gen: Generator[Any, Any, Any], limit: float) -> Generator[Any, Any, Any]:
        until = monotonic() + limit
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready == _READY_NONE and monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer within {limit:g} seconds")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def limit_waits(engine: Engine, seconds: float, *, soon: float) -> None:
    """Let no connection of the engine wait longer than that for an answer, or than `soon` for a sign of life."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, given: Any, named: Any) -> _Impatient:
        connection = _Impatient.connect(*given, **named)
        connection.seconds, connection.soon = seconds, soon
        return connection


@contextmanager
def waiting_longer(connection: Connection, seconds: float) -> Iterator[None]:
    """Inside the block an answer may take that long, where the wait is limited at all."""
    driver = cast("_Impatient", connection.connection.driver_connection)
    usual = getattr(driver, "seconds", 0.0)
    if usual:
        driver.seconds = seconds
    try:
        yield
    finally:
        if usual:
            driver.seconds = usual
