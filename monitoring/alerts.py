"""Tells whoever watches, once when an incident begins or gets worse and once when it is over: by log and by webhook."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Connection

from monitoring.incidents import News
from monitoring.recording import Kept
from tags.outbox.alerts import post
from tags.outbox.trying import WALL

TYPE = "drift.alert"

_log = structlog.get_logger("tagloop.monitoring")


def tell(connection: Connection, news: Sequence[News], window: Kept) -> None:
    """Log each piece of news and leave it for the webhooks, in the transaction that keeps it."""
    for one in news:
        data = alert_of(one, window)
        log = _log.info if one.state == "recovered" else _log.warning
        log(
            "drift_alert",
            state=one.state,
            check=one.incident.check,
            subject=one.incident.subject,
            severity=one.incident.severity,
            words=data["words"]["en"],
        )
        post(connection, TYPE, data, now=WALL.now())


def alert_of(news: News, window: Kept) -> dict[str, Any]:
    """What an alert says, as plain values."""
    incident = news.incident
    return {
        "incident_id": incident.incident_id,
        "state": news.state,
        "severity": incident.severity,
        "check": incident.check,
        "subject": incident.subject,
        "words": incident.words.in_each(),
        "opened_at": incident.opened_at.isoformat(),
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "release_id": window.release_id,
        "window": {"began_at": window.began_at.isoformat(), "ended_at": window.ended_at.isoformat()},
        "retrain": window.act,
    }
