"""The tables of monitoring: what was served, what each window showed, incidents, and replays of what was served."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Double, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class ServedPrediction(Base):
    """Grain: one customer who was predicted for on one local day, drawn at random; the first answer of the day.

    Attributes:
        day: The shop's local day of `as_of`.
        draw: A number from 0 to 1 that the customer's id and the day give; those of a day with the least draws are
            kept, so they are a random sample of whom was served.
        as_of: The instant of the answer; what had been received before it was counted.
        knew: Counters of what was loaded in bulk, facts and catalogue when it was written down: where they differ now,
            the row cannot be computed again.
        features: What the release reads, float64 in the order of its columns, packed.
        probabilities: Of the release's tags in their order, float64; empty without a model of tags.
        decisions: A letter for each tag: (a)pply, (r)eview, (w)ithhold.
        segment: Null without segments.
        churn: Null where it is not predicted.
    """

    __tablename__ = "served_predictions"
    __table_args__ = (
        Index("ix_served_predictions_day_draw", "day", "draw"),
        Index("ix_served_predictions_as_of", "as_of"),
    )

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    day: Mapped[date] = mapped_column(Date)
    draw: Mapped[float] = mapped_column(Double)
    as_of: Mapped[datetime]
    customer_id: Mapped[str] = mapped_column(Text)
    release_id: Mapped[str] = mapped_column(Text)
    knew: Mapped[str] = mapped_column(Text)
    features: Mapped[bytes]
    probabilities: Mapped[bytes]
    decisions: Mapped[str] = mapped_column(Text)
    segment: Mapped[str | None] = mapped_column(Text)
    churn: Mapped[float | None] = mapped_column(Double)


class DriftWindow(Base):
    """Grain: one window of one release that was looked at; looked at again, it is replaced as a whole.

    Attributes:
        source: `served`, or `scored` where too little was served: active customers scored as of the window's end.
        customers: How many were looked at.
        status: `ok`, `warning` or `critical`.
        is_violated: Whether it speaks for a retraining.
        act: The verdict as of this window: whether to retrain.
        because: Its reason: `{"message", "values"}` of a `core.language.Text`.
        course: What the page draws over time, as plain values; see `monitoring.course`.
    """

    __tablename__ = "drift_windows"
    __table_args__ = (Index("ix_drift_windows_ended_at", "ended_at"),)

    window_id: Mapped[str] = mapped_column(Text, primary_key=True)
    release_id: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    computed_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    customers: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    is_violated: Mapped[bool]
    act: Mapped[bool]
    because: Mapped[dict[str, Any]]
    course: Mapped[dict[str, Any]]


class DriftFinding(Base):
    """Grain: one thing that was checked in one window; see `monitoring.finding.Finding`."""

    __tablename__ = "drift_findings"

    window_id: Mapped[str] = mapped_column(Text, primary_key=True)
    check_name: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float | None] = mapped_column(Double)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    warning: Mapped[float | None] = mapped_column(Double)
    critical: Mapped[float | None] = mapped_column(Double)
    p_value: Mapped[float | None] = mapped_column(Double)
    alarm: Mapped[str | None] = mapped_column(Text)
    words: Mapped[dict[str, Any]]


class Incident(Base):
    """Grain: one thing that went wrong, from the window that first alarmed to the one that no longer did.

    Attributes:
        severity: The worst of its alarms: `warning` or `critical`.
        words: What the latest alarm said.
        closed_at: Null while it lasts.
    """

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_closed_at", "closed_at"),)

    incident_id: Mapped[str] = mapped_column(Text, primary_key=True)
    check_name: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    release_id: Mapped[str] = mapped_column(Text)
    words: Mapped[dict[str, Any]]


class ParityRun(Base):
    """Grain: one replay of a sample of what was served; see `monitoring.parity`.

    `problem` is null where every row was the same; `culprits` names feature, customer, instant and both values.
    """

    __tablename__ = "parity_runs"

    run_id: Mapped[str] = mapped_column(Text, primary_key=True)
    made_at: Mapped[datetime]
    since: Mapped[datetime]
    until: Mapped[datetime]
    compared: Mapped[int]
    skipped: Mapped[int]
    differing: Mapped[int]
    problem: Mapped[dict[str, Any] | None]
    culprits: Mapped[dict[str, Any]]
