"""The tables of who carries which tag."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")

_STANDING: dict[str, Any] = {
    f"{dialect}_where": text("ended_at IS NULL") for dialect in ("sqlite", "postgresql")
}


class ClaimRow(Base):
    """Grain: one statement of one source about one tag of one customer; see `tags.profile.claims.Claim`.

    Nothing of a row ever changes but its end: `ended_at` and `ended_because` are null while it stands.
    """

    __tablename__ = "tag_claims"
    __table_args__ = (
        Index("ix_tag_claims_customer_id_tag", "customer_id", "tag"),
        Index("ix_tag_claims_source_source_version", "source", "source_version"),
        # What nothing has ended stays small however long the history grows.
        Index("ix_tag_claims_standing", "customer_id", **_STANDING),
        Index("ix_tag_claims_ends", "holds_until", **_STANDING),
    )

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    claim_id: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text)
    tag_version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    source_version: Mapped[str] = mapped_column(Text)
    carries: Mapped[bool]
    value: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None] = mapped_column(Double)
    evidence: Mapped[dict[str, Any]]
    as_of: Mapped[datetime]
    began_at: Mapped[datetime]
    holds_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(Text)


class Span(Base):
    """Grain: one stretch of time in which a customer carries a tag as one claim says: what all claims come to.

    From `began_at` to before `ended_at`, which is `tags.profile.claims.NEVER` where no end is known. Stretches that
    lie ahead are written as soon as they are known, and replaced when a claim changes them; what has passed is not.
    `confidence` and `value` are the claim's, so that customers are found by them without reading claims.
    """

    __tablename__ = "tag_spans"
    __table_args__ = (
        Index("ix_tag_spans_customer_id", "customer_id"),
        Index("ix_tag_spans_began_at", "began_at"),
        Index("ix_tag_spans_ended_at", "ended_at"),
        # The carriers of a tag lie side by side, in the order of their ids: who carries it is read in one go.
        {"sqlite_with_rowid": False},
    )

    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime]
    claim: Mapped[int] = mapped_column(_BIG)
    confidence: Mapped[float | None] = mapped_column(Double)
    value: Mapped[str | None] = mapped_column(Text)


class Change(Base):
    """Grain: one change of one customer's profile, in the order in which they were committed; `seq` is the cursor."""

    __tablename__ = "tag_changes"
    __table_args__ = (Index("ix_tag_changes_customer_id", "customer_id"),)

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    claim: Mapped[int | None] = mapped_column(_BIG)
    body: Mapped[dict[str, Any]]


class Computed(Base):
    """Grain: one part of the profiles (rules, models, timers, ends) and the instant through which it is worked out.

    A row is written after, or in the same transaction as, the claims that it speaks of.
    """

    __tablename__ = "tags_computed"

    part: Mapped[str] = mapped_column(Text, primary_key=True)
    through: Mapped[datetime]
    version: Mapped[str] = mapped_column(Text)
    computed_at: Mapped[datetime]


class CustomerPrediction(Base):
    """Grain: one customer; the segment and the churn risk as last worked out, so that both can be asked for."""

    __tablename__ = "customer_predictions"
    __table_args__ = (Index("ix_customer_predictions_segment", "segment"),)

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    segment: Mapped[str | None] = mapped_column(Text)
    churn: Mapped[float | None] = mapped_column(Double)
    release_id: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]


class Touched(Base):
    """Grain: one customer whom models and rules have to look at again; see `tags.profile.touched`."""

    __tablename__ = "touched_customers"
    __table_args__ = (Index("ix_touched_customers_number", "number"),)

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
