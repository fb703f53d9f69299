"""Alerts to webhooks that want them: kept in the transaction that finds the cause, sent behind it, at last given up.

Each alert goes to each webhook once, with the same id and the same bytes until it is taken; alerts do not wait for
changes of tags, nor these for alerts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select, update

from core.ids import content_id, new_id
from tags.outbox.backoff import delay_after
from tags.outbox.delivering import GONE, LEASE
from tags.outbox.sending import Answer
from tags.outbox.tables import Alert, AlertDelivery, Webhook
from tags.outbox.webhooks import end, hooks


@dataclass(frozen=True)
class AlertToSend:
    """One alert for one webhook, ours to send until `lease`."""

    alert_id: str
    webhook_id: str
    url: str
    secret: str = field(repr=False)
    delivery_id: str
    body: str = field(repr=False)
    attempts: int
    lease: datetime


def post(connection: Connection, type_: str, data: Mapping[str, Any], *, now: datetime) -> int:
    """Keep an alert for every webhook that wants alerts; how many those are. `now` is of the wall clock."""
    wanted = [hook.webhook_id for hook in hooks(connection) if hook.wants.alerts]
    if not wanted:
        return 0
    alert_id = new_id("alert")
    content = {"type": type_, "timestamp": now.isoformat(), "data": dict(data)}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    connection.execute(insert(Alert), [{"alert_id": alert_id, "type": type_, "made_at": now, "body": body}])
    rows = [{"alert_id": alert_id, "webhook_id": name, "attempts": 0} for name in wanted]
    connection.execute(insert(AlertDelivery), rows)
    return len(wanted)


def alerts_wait(connection: Connection, *, now: datetime) -> bool:
    """Whether there is an alert that may be tried now."""
    return connection.execute(_waiting(now).limit(1)).first() is not None


def begin_alerts(connection: Connection, *, now: datetime, most: int = 10) -> list[AlertToSend]:
    """The alerts that may be tried now, oldest first, from now on ours to send."""
    found = [
        AlertToSend(
            alert_id=row.alert_id,
            webhook_id=row.webhook_id,
            url=row.url,
            secret=row.secret,
            delivery_id=f"msg_{content_id(row.alert_id, row.webhook_id)}",
            body=row.body,
            attempts=row.attempts,
            lease=now + LEASE,
        )
        for row in connection.execute(_waiting(now).limit(most))
    ]
    for one in found:
        _set(connection, one, next_try_at=one.lease)
    return found


def _waiting(now: datetime) -> Select[Any]:
    """The alerts that may be tried now, oldest first."""
    return (
        select(AlertDelivery.__table__, Alert.body, Webhook.url, Webhook.secret)
        .join(Alert, Alert.alert_id == AlertDelivery.alert_id)
        .join(Webhook, Webhook.webhook_id == AlertDelivery.webhook_id)
        .where(AlertDelivery.taken_at.is_(None), AlertDelivery.given_up_at.is_(None))
        .where(Webhook.ended_at.is_(None))
        .where(or_(AlertDelivery.next_try_at.is_(None), AlertDelivery.next_try_at <= now))
        .order_by(Alert.made_at, Alert.alert_id)
    )


def settle_alert(
    connection: Connection, one: AlertToSend, answer: Answer, chance: Random, *, now: datetime
) -> None:
    """Note what became of an alert; where another server took over, it is theirs to say."""
    due = connection.scalar(select(AlertDelivery.next_try_at).where(*_key(one)))
    if due != one.lease:
        return
    if answer.is_taken:
        _set(connection, one, taken_at=now, attempts=one.attempts + 1, last_error=None)
        return
    wait = delay_after(one.attempts + 1, chance, answer.come_back_after)
    given_up = wait is None or answer.status == GONE
    _set(
        connection,
        one,
        attempts=one.attempts + 1,
        last_error=answer.problem,
        next_try_at=None if wait is None else now + wait,
        given_up_at=now if given_up else None,
    )
    if answer.status == GONE:
        end(connection, one.webhook_id, now=now)


def _key(one: AlertToSend) -> tuple[Any, ...]:
    return AlertDelivery.alert_id == one.alert_id, AlertDelivery.webhook_id == one.webhook_id


def _set(connection: Connection, one: AlertToSend, **values: Any) -> None:
    connection.execute(update(AlertDelivery).where(*_key(one)).values(values))
