"""The tables that tags own in the operational store."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class CertificateRow(Base):
    """Grain: one attempt to certify one tag with one model version; the last of a tag and version counts.

    Rows are never removed. `threshold` is null where the attempt failed, and `reason` says why; see
    `tags.certificates.Certificate` for the other columns.
    """

    __tablename__ = "certificates"
    __table_args__ = (Index("ix_certificates_model_tag", "model", "tag"),)

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    tag: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    certified_on: Mapped[datetime]
    expires_at: Mapped[datetime]
    target: Mapped[float]
    confidence: Mapped[float]
    drift: Mapped[float]
    threshold: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(Text)
    n: Mapped[int]
    customers: Mapped[int]
    correct: Mapped[int]
    precision_low: Mapped[float | None]
    coverage: Mapped[float]
    more_labels: Mapped[int | None]
    review_from: Mapped[float]
    suspended_at: Mapped[datetime | None]
    suspended_because: Mapped[str | None] = mapped_column(Text)
