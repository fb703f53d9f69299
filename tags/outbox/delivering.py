"""The deliveries of one webhook, one after the other: begun, and settled once the target has answered.

A delivery is made up in a transaction that also moves `next_try_at` ahead, so one server alone sends it, and another
takes over when that one dies. Until it is taken or given up it stays the same to the byte, with the same id: a target
that took it and whose answer was lost knows it again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select

from core.ids import content_id
from tags.outbox.backoff import delay_after
from tags.outbox.feed import Entry, latest_change, read_changes, read_range
from tags.outbox.sending import Answer
from tags.outbox.tables import DeadLetter, Webhook
from tags.outbox.webhooks import Hook, change, hook_of
from tags.taxonomy import Taxonomy

CHANGES_A_DELIVERY = 100
LEASE = timedelta(seconds=60)  # longer than a try may take; whoever died leaves it to others after this
UNWANTED_PASSED = 1_000  # so many changes that it does not want are passed over before that is noted
TYPE = "tags.changed"
GONE = 410


@dataclass(frozen=True)
class Delivery:
    """What is sent at once: the changes from `first` to `last` that the webhook wants, in their order.

    `tags` are the tags that changed.
    """

    webhook_id: str
    url: str
    secret: str = field(repr=False)
    delivery_id: str
    first: int
    last: int
    body: str = field(repr=False)
    tags: tuple[str, ...]
    lease: datetime | None = None


def due(connection: Connection, *, now: datetime) -> list[str]:
    """The webhooks that have something to send and may be tried now."""
    latest = latest_change(connection)
    chosen = (
        select(Webhook.webhook_id)
        .where(Webhook.ended_at.is_(None), Webhook.sent_through < latest)
        .where(Webhook.next_try_at.is_(None) | (Webhook.next_try_at <= now))
        .order_by(Webhook.created_at)
    )
    return list(connection.scalars(chosen))


def begin(connection: Connection, webhook_id: str, taxonomy: Taxonomy, *, now: datetime) -> Delivery | None:
    """The webhook's next delivery, now ours to send; None when there is none or another server has it."""
    hook = hook_of(connection, webhook_id)
    if hook.ended_at is not None or (hook.next_try_at is not None and hook.next_try_at > now):
        return None
    wanted = hook.wants.tags_of(taxonomy)
    if hook.trying_through is None:
        page = read_changes(connection, hook.sent_through, limit=CHANGES_A_DELIVERY, tags=wanted)
        entries: Sequence[Entry] = page.entries
        if not entries:
            if page.through - hook.sent_through >= UNWANTED_PASSED:
                change(connection, webhook_id, {"sent_through": page.through})
            return None
        last = entries[-1].seq
    else:
        last = hook.trying_through
        entries = read_range(connection, hook.sent_through + 1, last, wanted)
    lease = now + LEASE
    change(connection, webhook_id, {"next_try_at": lease, "trying_through": last})
    return _delivery(hook, hook.sent_through + 1, last, entries, lease)


def settle(
    connection: Connection, delivery: Delivery, answer: Answer, chance: Random, *, now: datetime
) -> bool:
    """Note what became of a delivery; whether the next one may follow at once."""
    hook = hook_of(connection, delivery.webhook_id)
    if hook.ended_at is not None or not _is_tried(hook, delivery):
        return False  # somebody ended the webhook, or another server took over and is done
    if answer.is_taken:  # whoever has it now: were it sent once more, it would come twice
        taken = {"last_error": None, "failing_since": None, "last_success_at": now}
        change(connection, hook.webhook_id, {**_moved_on(delivery.last), **taken})
        return True
    if hook.next_try_at != delivery.lease:
        return False  # another server took over, or it is to be tried at once
    failed = {"last_error": answer.problem, "failing_since": hook.failing_since or now}
    wait = delay_after(hook.attempts + 1, chance, answer.come_back_after)
    if answer.status == GONE:
        # The scheme's word for: never call here again.
        failed |= {"ended_at": now, "next_try_at": None, "attempts": hook.attempts + 1}
    elif wait is None:
        _bury(
            connection,
            hook.webhook_id,
            delivery.first,
            delivery.last,
            hook.attempts + 1,
            answer.problem,
            now=now,
        )
        failed |= _moved_on(delivery.last)
    else:
        failed |= {"next_try_at": now + wait, "attempts": hook.attempts + 1}
    change(connection, hook.webhook_id, failed)
    return wait is None and answer.status != GONE


def _is_tried(hook: Hook, delivery: Delivery) -> bool:
    """Whether the delivery is the one that is being tried, by whomever."""
    return (hook.sent_through + 1, hook.trying_through) == (delivery.first, delivery.last)


def give_back(connection: Connection, delivery: Delivery) -> None:
    """Leave a delivery that was begun and not sent to whoever comes next."""
    change(connection, delivery.webhook_id, {"next_try_at": None}, Webhook.next_try_at == delivery.lease)


def try_now(connection: Connection, webhook_id: str) -> None:
    """Let the webhook's delivery be tried without waiting any longer: its target is known to be back."""
    hook = hook_of(connection, webhook_id)
    if hook.attempts:
        change(connection, webhook_id, {"next_try_at": None})


def again(connection: Connection, hook: Hook, first: int, last: int, taxonomy: Taxonomy) -> Delivery:
    """The delivery of those changes once more, with the id that it had."""
    return _delivery(
        hook, first, last, read_range(connection, first, last, hook.wants.tags_of(taxonomy)), None
    )


def _bury(
    connection: Connection,
    webhook_id: str,
    first: int,
    last: int,
    attempts: int,
    error: str,
    *,
    now: datetime,
) -> None:
    """Set a delivery aside that nobody will try any more by itself."""
    letter = {
        "webhook_id": webhook_id,
        "delivery_id": _id(webhook_id, first, last),
        "first_change": first,
        "last_change": last,
        "attempts": attempts,
        "error": error,
        "died_at": now,
    }
    connection.execute(insert(DeadLetter), [letter])


def _moved_on(last: int) -> dict[str, Any]:
    return {"sent_through": last, "trying_through": None, "attempts": 0, "next_try_at": None}


def _delivery(
    hook: Hook, first: int, last: int, entries: Sequence[Entry], lease: datetime | None
) -> Delivery:
    content = {
        "type": TYPE,
        "timestamp": entries[-1].at.isoformat() if entries else None,
        "data": {"changes": [entry.as_json() for entry in entries]},
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Delivery(
        webhook_id=hook.webhook_id,
        url=hook.url,
        secret=hook.secret,
        delivery_id=_id(hook.webhook_id, first, last),
        first=first,
        last=last,
        body=body,
        tags=tuple(entry.tag for entry in entries),
        lease=lease,
    )


def _id(webhook_id: str, first: int, last: int) -> str:
    return f"msg_{content_id(webhook_id, str(first), str(last))}"
