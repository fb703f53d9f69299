"""The table of the newest report."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base


class TagReport(Base):
    """Grain: one report on all tags; the newest one is kept, so that every server tells of a tag at once."""

    __tablename__ = "tag_reports"

    made_at: Mapped[datetime] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
    taxonomy: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
