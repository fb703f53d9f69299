"""Webhooks: addresses that get changes pushed, what each wants to hear of, and how far each has got."""

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from core.errors import FieldError, InvalidInputError, NotFoundError
from core.ids import new_id
from core.language import Text
from tags.outbox.addresses import check_url
from tags.outbox.feed import latest_change
from tags.outbox.tables import Webhook
from tags.taxonomy import Taxonomy

SECRET_PREFIX = "whsec_"  # noqa: S105 (what every secret begins with, by the Standard Webhooks scheme)
SECRET_BYTES = 32


@dataclass(frozen=True)
class Wants:
    """Which changes: those of these tags, and those of tags of these kinds; all where neither is named.

    With `alerts` it hears of what monitoring finds as well.
    """

    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    alerts: bool = False

    def tags_of(self, taxonomy: Taxonomy) -> frozenset[str] | None:
        """The keys of the tags; None for all."""
        if not self.tags and not self.kinds:
            return None
        of_kinds = (tag.key for tag in taxonomy.tags if tag.kind in self.kinds)
        return frozenset([*self.tags, *of_kinds])


@dataclass(frozen=True)
class Hook:
    """A webhook and how it fares; instants are of the wall clock."""

    webhook_id: str
    url: str
    secret: str = field(repr=False)
    wants: Wants
    created_at: datetime
    ended_at: datetime | None
    sent_through: int
    trying_through: int | None
    attempts: int
    failing_since: datetime | None
    next_try_at: datetime | None
    last_error: str | None
    last_success_at: datetime | None


def register(
    connection: Connection,
    url: str,
    wants: Wants,
    *,
    taxonomy: Taxonomy,
    local: bool,
    after: int | None,
    now: datetime,
) -> Hook:
    """A new webhook with a secret of 256 random bits; it hears of changes after that one, or from now on.

    Raises:
        InvalidInputError: The address may not be called, or a tag, a kind or the change does not exist.
    """
    check_url(url, local=local)
    _check_wants(wants, taxonomy)
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = {
        "webhook_id": new_id("hook"),
        "url": url,
        "secret": secret,
        "wants": {"tags": list(wants.tags), "kinds": list(wants.kinds), "alerts": wants.alerts},
        "created_at": now,
        "sent_through": _begin(connection, after),
        "attempts": 0,
    }
    connection.execute(insert(Webhook), [row])
    return hook_of(connection, str(row["webhook_id"]))


def _begin(connection: Connection, after: int | None) -> int:
    latest = latest_change(connection)
    if after is not None and after > latest:
        raise InvalidInputError(
            "after: there is no change {got} yet, the last one is {last}", last=latest, got=after
        )
    return latest if after is None else after


def _check_wants(wants: Wants, taxonomy: Taxonomy) -> None:
    known = {tag.key: tag.kind for tag in taxonomy.tags}
    wrong = [
        *(_unknown(f"tags.{place}", key, known) for place, key in enumerate(wants.tags) if key not in known),
        *(
            _unknown(f"kinds.{place}", kind, set(known.values()))
            for place, kind in enumerate(wants.kinds)
            if kind not in set(known.values())
        ),
    ]
    if wrong:
        raise InvalidInputError(
            "{count} of the tags or kinds do not exist", count=len(wrong), fields=tuple(wrong)
        )


def _unknown(where: str, name: str, known: Collection[str]) -> FieldError:
    nearest = ", ".join(get_close_matches(name, known, n=3) or sorted(known)[:10]) or "-"
    return FieldError(
        where, Text("there is no {name}; nearest: {near}", {"name": repr(name), "near": nearest}), "unknown"
    )


def hooks(connection: Connection, *, ended: bool = False) -> list[Hook]:
    """The webhooks, oldest first; ended ones only if asked for."""
    chosen = select(Webhook).order_by(Webhook.created_at, Webhook.webhook_id)
    if not ended:
        chosen = chosen.where(Webhook.ended_at.is_(None))
    return [_hook(row) for row in connection.execute(chosen)]


def hook_of(connection: Connection, webhook_id: str, *, running: bool = False) -> Hook:
    """One webhook, also an ended one unless it has to be `running`.

    Raises:
        NotFoundError: There is none of that id, or it was ended.
    """
    row = connection.execute(select(Webhook).where(Webhook.webhook_id == webhook_id)).one_or_none()
    if row is None or (running and row.ended_at is not None):
        known = connection.scalars(select(Webhook.webhook_id).where(Webhook.ended_at.is_(None))).all()
        raise NotFoundError(
            "There is no webhook {id}; there is: {known}",
            id=repr(webhook_id),
            known=", ".join(known[:10]) or "-",
        )
    return _hook(row)


def end(connection: Connection, webhook_id: str, *, now: datetime) -> Hook:
    """Let a webhook hear of nothing more; its dead letters stay to be seen.

    Raises:
        NotFoundError: There is none of that id, or it was ended before.
    """
    hook_of(connection, webhook_id, running=True)
    ended = update(Webhook).where(Webhook.webhook_id == webhook_id, Webhook.ended_at.is_(None))
    connection.execute(ended.values(ended_at=now, next_try_at=None))
    return hook_of(connection, webhook_id)


def change(connection: Connection, webhook_id: str, values: Mapping[str, Any], *conditions: Any) -> bool:
    """Set columns of a webhook where the conditions still hold; whether they did."""
    changed = update(Webhook).where(Webhook.webhook_id == webhook_id, *conditions).values(**values)
    return connection.execute(changed).rowcount == 1


def _hook(row: Row[*tuple[Any, ...]]) -> Hook:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    wants: Mapping[str, Any] = values.pop("wants")
    tags, kinds, alerts = wants.get("tags", ()), wants.get("kinds", ()), wants.get("alerts", False)
    return Hook(**values, wants=Wants(tuple(tags), tuple(kinds), alerts=alerts))
