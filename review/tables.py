"""The tables that reviewing owns in the operational store."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Label(Base):
    """Grain: one decision of a person on one tag of one customer; rows are never changed or removed.

    `as_of` is the instant whose knowledge the decision is about, `decided_at` when it reached us. It governs
    the profile from `as_of` until `holds_until`, unless a newer one does. `seq` is the order of arrival.
    """

    __tablename__ = "labels"
    __table_args__ = (Index("ix_labels_customer_id_tag", "customer_id", "tag"),)

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    label_id: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text, index=True)
    value: Mapped[bool]
    as_of: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]
    reviewer: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    holds_until: Mapped[datetime]
    shown_confidence: Mapped[float | None]
    shown_model: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
