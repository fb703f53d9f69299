"""The tables of what leaves: webhooks, what they would not take, and what was exported."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Webhook(Base):
    """Grain: one address that gets changes pushed; `sent_through` is the last change that it took or gave up on.

    `trying_through` is the last change of the delivery that is being tried: it stays the same until it is taken.
    Nobody tries before `next_try_at`; whoever tries moves it ahead first, so that no other server does. Its instants
    are of the wall clock, as receivers are. The secret is kept as it is: signing needs it.
    """

    __tablename__ = "webhooks"

    webhook_id: Mapped[str] = mapped_column(Text, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    wants: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sent_through: Mapped[int] = mapped_column(BigInteger)
    trying_through: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int]
    failing_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_success_at: Mapped[datetime | None]


class DeadLetter(Base):
    """Grain: one delivery that its webhook would not take however often it was tried; it can be sent again."""

    __tablename__ = "dead_letters"

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    webhook_id: Mapped[str] = mapped_column(Text, index=True)
    delivery_id: Mapped[str] = mapped_column(Text)
    first_change: Mapped[int] = mapped_column(BigInteger)
    last_change: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    died_at: Mapped[datetime]
    sent_again_at: Mapped[datetime | None]


class ExportedTag(Base):
    """Grain: one tag of one customer that a plan for a target added and none has removed since."""

    __tablename__ = "exported_tags"

    target: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    tag_name: Mapped[str] = mapped_column(Text)
    exported_at: Mapped[datetime]


class Alert(Base):
    """Grain: one message to whoever watches the shop's models, as it is sent; its instants are of the wall clock."""

    __tablename__ = "alerts"

    alert_id: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)


class AlertDelivery(Base):
    """Grain: one alert on its way to one webhook; on neither instant set it is still to be taken.

    Nobody tries before `next_try_at`; whoever tries moves it ahead first, so that no other server does.
    """

    __tablename__ = "alert_deliveries"

    alert_id: Mapped[str] = mapped_column(Text, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Text, primary_key=True)
    attempts: Mapped[int]
    next_try_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
