"""The tables that the feature pipeline owns in the operational store."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Customer(Base):
    """Grain: one customer."""

    __tablename__ = "customers"

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    first_seen_at: Mapped[datetime]


class History(Base):
    """Grain: one customer; every event that was moved to the lake, packed (see `features.packing`)."""

    __tablename__ = "histories"

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    n_events: Mapped[int]
    packed: Mapped[bytes]


class RecentEvent(Base):
    """Grain: one live event; `seq` is the order of acceptance. Moved to the lake up to a counter's value."""

    __tablename__ = "recent_events"

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[str] = mapped_column(Text, index=True)
    payload: Mapped[dict[str, Any]]


class EventKey(Base):
    """Grain: one live event that was ever accepted, kept for good: its id's key and a hash of its content."""

    __tablename__ = "event_keys"

    event_key: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=False)
    content: Mapped[int] = mapped_column(BigInteger)


class Attribute(Base):
    """Grain: one dated fact about one customer; no date means that it counts as always known."""

    __tablename__ = "attributes"

    fact_id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, index=True)
    key: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    observed_at: Mapped[datetime | None]


class AttributeKind(Base):
    """Grain: one attribute key; how it becomes numbers."""

    __tablename__ = "attribute_kinds"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    levels: Mapped[list[str]]
    name_en: Mapped[str] = mapped_column(Text)
    name_zh: Mapped[str] = mapped_column(Text)


class Item(Base):
    """Grain: one catalogue item, also one that only events mention."""

    __tablename__ = "items"

    item_id: Mapped[str] = mapped_column(Text, primary_key=True)
    item_key: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str | None] = mapped_column(Text)
    category_paths: Mapped[list[list[str]]] = mapped_column(JSON)
    brand: Mapped[str | None] = mapped_column(Text)


class EventType(Base):
    """Grain: one event type that the shop registered itself, and how it counts."""

    __tablename__ = "event_types"

    type: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text)


class Channel(Base):
    """Grain: one channel that events named."""

    __tablename__ = "channels"

    channel: Mapped[str] = mapped_column(Text, primary_key=True)


class Rejected(Base):
    """Grain: one row that broke the contract; the same row of the same file is kept once."""

    __tablename__ = "rejects"

    reject_id: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, index=True)
    file: Mapped[str] = mapped_column(Text)
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    rejected_at: Mapped[datetime]


class Counter(Base):
    """Grain: one named number.

    `accepted` is the last seq given, `flushed` the last one in lake and histories, `bulk` the last bulk commit to
    the lake that the histories hold, `catalogue` goes up when an item is added or changed, `facts` when
    facts are loaded, `rebuilt` when histories are made from the lake again.
    """

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(_BIG)
