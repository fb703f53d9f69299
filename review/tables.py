"""The tables that reviewing owns in the operational store."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Double, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Label(Base):
    """Grain: one decision of a person on one tag of one customer; a row never changes but that it is undone.

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
    undone_at: Mapped[datetime | None]


class Suggestion(Base):
    """Grain: the latest word of the models on one tag of one customer, if it reaches the tag's floor.

    `spend` is what the customer paid in the last 84 days.
    """

    __tablename__ = "suggestions"

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    confidence: Mapped[float] = mapped_column(Double)
    decision: Mapped[str] = mapped_column(Text)
    spend: Mapped[float] = mapped_column(Double)
    model: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]


class Draw(Base):
    """Grain: one local day's choice of what people should look at, and among how many suggestions it chose."""

    __tablename__ = "review_draws"

    draw_id: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, unique=True)
    made_at: Mapped[datetime]
    seed: Mapped[int]
    suggestions: Mapped[int]
    informative: Mapped[int]
    audited: Mapped[int]


class Task(Base):
    """Grain: one tag of one customer to be looked at, as the models said it when it was chosen.

    Attributes:
        stream: `informative`, `audit`, or `again` where a reviewer is asked a second time.
        probability: With which the audit chose it; null in the other streams.
        place: Its turn: the lowest first.
        wanted: How many people are to decide it.
        only_for: The reviewer to whom alone it is shown; null for everybody.
        confidence: Of the suggestion; null where no model knows the tag yet, whose `model` is then `none`.
    """

    __tablename__ = "review_tasks"
    __table_args__ = (
        Index("ix_review_tasks_closed_at_place", "closed_at", "place"),
        Index("ix_review_tasks_customer_id_tag", "customer_id", "tag"),
    )

    task_id: Mapped[str] = mapped_column(Text, primary_key=True)
    draw_id: Mapped[str] = mapped_column(Text, index=True)
    customer_id: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text)
    stream: Mapped[str] = mapped_column(Text)
    probability: Mapped[float | None] = mapped_column(Double)
    score: Mapped[float] = mapped_column(Double)
    place: Mapped[int]
    is_blind: Mapped[bool]
    wanted: Mapped[int]
    only_for: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None] = mapped_column(Double)
    decision: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(Text)


class Lease(Base):
    """Grain: one task that one reviewer has in front of them, until when nobody else gets it by accident."""

    __tablename__ = "review_leases"

    task_id: Mapped[str] = mapped_column(Text, primary_key=True)
    reviewer: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[datetime]


class TaskDecision(Base):
    """Grain: one answer of one reviewer to one task; nothing of it changes but that it is undone, held or let count.

    Attributes:
        decision: `accept`, `reject` or `skip`.
        milliseconds: From when the task was shown until it was decided, as the reviewer's page measured it; null where
            nothing measured it.
        was_blind: Whether the suggestion and its confidence were hidden.
        label_id: The label that came of it; null for a skip and for what is held.
        held_because: Why it does not count until somebody looked at it; null where it counts.
    """

    __tablename__ = "task_decisions"
    __table_args__ = (Index("ix_task_decisions_reviewer_seq", "reviewer", "seq"),)

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    decision_id: Mapped[str] = mapped_column(Text, unique=True)
    task_id: Mapped[str] = mapped_column(Text, index=True)
    reviewer: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    is_unclear: Mapped[bool]
    milliseconds: Mapped[int | None]
    was_blind: Mapped[bool]
    decided_at: Mapped[datetime]
    label_id: Mapped[str | None] = mapped_column(Text)
    held_because: Mapped[str | None] = mapped_column(Text)
    looked_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class OutcomeLabel(Base):
    """Grain: one word of the models on one tag of one customer, and whether it came true.

    Attributes:
        ends_at: When the horizon has passed (exclusive).
        stream: `served` where the customer's turn had come whatever the models said, else the stream of the review
            task (`informative`, `audit`) in which people decided it.
        probability: With which the audit chose it; null in the other streams.
        confidence: What the models said then, and `decision` what became of it; `model` is the version that said it.
        value: Whether it came true; null until it is known, and for good where nobody can tell any more.
        resolved_at: The instant by which it was known; null while it is not.
    """

    __tablename__ = "outcome_labels"
    __table_args__ = (
        UniqueConstraint(
            "customer_id", "tag", "as_of", "stream", name="uq_outcome_labels_customer_id_tag_as_of_stream"
        ),
        Index("ix_outcome_labels_resolved_at_ends_at", "resolved_at", "ends_at"),
        Index("ix_outcome_labels_stream_as_of", "stream", "as_of"),
    )

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text)
    as_of: Mapped[datetime]
    ends_at: Mapped[datetime]
    stream: Mapped[str] = mapped_column(Text)
    probability: Mapped[float | None] = mapped_column(Double)
    confidence: Mapped[float | None] = mapped_column(Double)
    decision: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    value: Mapped[bool | None]
    resolved_at: Mapped[datetime | None]


class AuditFrame(Base):
    """Grain: among what one day's audit drew of one tag and decision: how many, and what the models said of them all.

    Attributes:
        confidence: The mean over all of them; null where no model said anything.
    """

    __tablename__ = "audit_frames"

    draw_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    decision: Mapped[str] = mapped_column(Text, primary_key=True)
    suggestions: Mapped[int]
    confidence: Mapped[float | None] = mapped_column(Double)


class LabelDoubt(Base):
    """Grain: one label that is likely wrong, as last looked for; see `review.label_errors.LabelError`."""

    __tablename__ = "label_doubts"

    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    as_of: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[bool]
    reviewers: Mapped[list[str]]
    confidence: Mapped[float] = mapped_column(Double)
    quality: Mapped[float] = mapped_column(Double)
    task_id: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[datetime]
