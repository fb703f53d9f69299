"""The tables of imports."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class TagImport(Base):
    """Grain: one import of a file; `undone_at` is set when it was taken back as a whole."""

    __tablename__ = "tag_imports"

    import_id: Mapped[str] = mapped_column(Text, primary_key=True)
    file: Mapped[str] = mapped_column(Text)
    content_sha256: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    rows: Mapped[int]
    applied: Mapped[int]
    repeated: Mapped[int]
    held: Mapped[int]
    refused: Mapped[int]
    reading: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(Text)


class HeldTag(Base):
    """Grain: one row of an import about a customer whom nobody knows yet; it is applied when the customer appears.

    `holds_until` is what the row itself says; null where it says nothing.
    """

    __tablename__ = "held_tags"

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    import_id: Mapped[str] = mapped_column(Text, index=True)
    customer_id: Mapped[str] = mapped_column(Text, index=True)
    tag: Mapped[str] = mapped_column(Text)
    carries: Mapped[bool]
    value: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None] = mapped_column(Double)
    holds_until: Mapped[datetime | None]
    line: Mapped[int]
