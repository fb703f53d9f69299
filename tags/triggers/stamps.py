"""Through when a part of the profiles is worked out: noted in or after the transaction that did it."""

from datetime import datetime

from sqlalchemy import Connection

from core.storage.upsert import upsert
from tags.profile.tables import Computed


def put_stamp(
    connection: Connection, part: str, through: datetime, version: str, computed_at: datetime
) -> None:
    """Note that the part is worked out through that instant, from those definitions."""
    row = {"part": part, "through": through, "version": version, "computed_at": computed_at}
    upsert(connection, Computed, [row])
