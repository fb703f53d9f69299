"""The table of what is due."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base


class Due(Base):
    """Grain: one tag that one customer gets at an instant unless something comes between; `cause` is what began it."""

    __tablename__ = "trigger_due"
    __table_args__ = (Index("ix_trigger_due_due_at", "due_at"),)

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    cause: Mapped[str] = mapped_column(Text, primary_key=True)
    tag_version: Mapped[int]
    began_at: Mapped[datetime]
    due_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]]
