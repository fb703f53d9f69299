"""The tables that tags own in the operational store."""

from datetime import datetime
from typing import Any

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


class SegmentStep(Base):
    """Grain: one segment at one registered version of the segments; rows are never changed or removed.

    A segment that ended has a row of the version that lacks it, with its last names and size. `flows` tells by key
    which share of its customers was in (of one that ended: is in) which segments of the version compared with.
    """

    __tablename__ = "segment_steps"

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int]
    before_run_id: Mapped[str | None] = mapped_column(Text)
    before_version: Mapped[int | None]
    key: Mapped[str] = mapped_column(Text, index=True)
    change: Mapped[str] = mapped_column(Text)
    overlap: Mapped[float | None]
    flows: Mapped[dict[str, Any]]
    name_en: Mapped[str] = mapped_column(Text)
    name_zh: Mapped[str] = mapped_column(Text)
    customers: Mapped[int | None]
    until: Mapped[datetime]
    recorded_at: Mapped[datetime]
