"""The tables that serving owns in the operational store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base


class ApiKey(Base):
    """Grain: one API key; only a hash of its secret is kept, so it cannot be shown again."""

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(Text, primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ChurnList(Base):
    """Grain: one list of active customers as of an instant; it is whole, or its row is not there."""

    __tablename__ = "churn_lists"

    list_id: Mapped[str] = mapped_column(Text, primary_key=True)
    release_id: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]
    customers: Mapped[int]
    knows_amounts: Mapped[bool]
    sums: Mapped[dict[str, Any]]


class ChurnScore(Base):
    """Grain: one customer's place in one list; place 1 is the customer whose leaving is expected to cost most."""

    __tablename__ = "churn_scores"

    list_id: Mapped[str] = mapped_column(Text, primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, index=True)
    risk: Mapped[float] = mapped_column(Double)
    spend: Mapped[float | None] = mapped_column(Double)


class ReviewSession(Base):
    """Grain: one signed-in browser; only a hash of what its cookie holds is kept."""

    __tablename__ = "review_sessions"

    session_sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(Text, index=True)
    csrf: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]
