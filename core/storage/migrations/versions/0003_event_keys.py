"""The ids of live events stand for one event each, for good."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MONEY = ("amount", "discount")


def upgrade() -> None:
    """Bring the schema here; the events that are still in the store keep their ids."""
    op.create_table(
        "event_keys",
        sa.Column("event_key", BIG, autoincrement=False, nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_key", name="pk_event_keys"),
    )
    keys = sa.table("event_keys", sa.column("event_key", BIG), sa.column("content", sa.BigInteger()))
    rows = list(_kept(op.get_bind()))
    if rows:
        op.bulk_insert(keys, rows)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("event_keys")


def _kept(connection: sa.Connection) -> Iterator[dict[str, int]]:
    recent = sa.table("recent_events", sa.column("event_id", sa.Text()), sa.column("payload", sa.JSON()))
    for row in connection.execute(sa.select(recent.c.event_id, recent.c.payload)):
        yield {"event_key": _hash(row.event_id), "content": _hash(_content(row.payload))}


def _content(payload: dict[str, Any]) -> str:
    said = {name: value for name, value in payload.items() if name != "received_at"}
    plain = {name: f"{Decimal(said[name]).normalize() + 0:f}" for name in MONEY if name in said}
    return json.dumps({**said, **plain}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
