"""Dead letters: deliveries that their target would not take however often they were tried; they can be sent again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.errors import NotFoundError
from tags.outbox.delivering import Delivery, again
from tags.outbox.tables import DeadLetter
from tags.outbox.webhooks import hook_of
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Letter:
    """A delivery of changes `first_change` to `last_change` that was given up."""

    seq: int
    webhook_id: str
    delivery_id: str
    first_change: int
    last_change: int
    attempts: int
    error: str
    died_at: datetime
    sent_again_at: datetime | None


def letters(connection: Connection, webhook_id: str | None = None, *, waiting: bool = False) -> list[Letter]:
    """The dead letters of a webhook or of all, oldest first; `waiting` leaves out those that were taken since."""
    chosen = select(DeadLetter).order_by(DeadLetter.seq)
    if webhook_id is not None:
        chosen = chosen.where(DeadLetter.webhook_id == webhook_id)
    if waiting:
        chosen = chosen.where(DeadLetter.sent_again_at.is_(None))
    return [Letter(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001 (SQLAlchemy's public name)


def letter_of(connection: Connection, webhook_id: str, seq: int) -> Letter:
    """One dead letter.

    Raises:
        NotFoundError: The webhook has none of that number.
    """
    hook_of(connection, webhook_id)
    found = [letter for letter in letters(connection, webhook_id) if letter.seq == seq]
    if not found:
        raise NotFoundError("The webhook {id} has no dead letter {seq}", id=repr(webhook_id), seq=seq)
    return found[0]


def delivery_of(connection: Connection, letter: Letter, taxonomy: Taxonomy) -> Delivery:
    """What the letter would have brought, to be sent once more under the same id."""
    hook = hook_of(connection, letter.webhook_id)
    return again(connection, hook, letter.first_change, letter.last_change, taxonomy)


def note_sent(connection: Connection, seq: int, *, now: datetime) -> None:
    """The letter was taken after all."""
    connection.execute(update(DeadLetter).where(DeadLetter.seq == seq).values(sent_again_at=now))
