"""Incidents: what goes wrong is told once when it begins, once when it gets worse, and once when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from core.ids import new_id
from core.language import Text
from monitoring.finding import CRITICAL, NOBODY, Alarm, Finding, text_as_json, text_of
from monitoring.tables import Incident

State = Literal["opened", "worse", "recovered"]

AS_A_WHOLE = frozenset({"feature_drift", "tag_pairs", "cbpe_auc"})
"""Checks of which all alarms are one incident: one cause moves many features, or pairs of tags, at once."""


@dataclass(frozen=True)
class Open:
    """An incident that lasts, or lasted until `closed_at`."""

    incident_id: str
    check: str
    subject: str
    severity: Alarm
    opened_at: datetime
    closed_at: datetime | None
    words: Text


@dataclass(frozen=True)
class News:
    """What became of an incident."""

    state: State
    incident: Open


def note(connection: Connection, findings: Sequence[Finding], *, release_id: str, at: datetime) -> list[News]:
    """Open what alarms and was not open, note what got worse, close what alarms no more; what there is to tell.

    `at` is when the window ended whose findings they are.
    """
    alarms = _by_subject(findings)
    standing = {(one.check, one.subject): one for one in open_incidents(connection)}
    news = [
        found
        for key, one in alarms.items()
        if (found := _alarmed(connection, key, one, standing.get(key), release_id, at))
    ]
    news += [_close(connection, one, at) for key, one in standing.items() if key not in alarms]
    return news


def open_incidents(connection: Connection) -> list[Open]:
    """Those that last, the worst and then the oldest first."""
    rows = connection.execute(select(Incident.__table__).where(Incident.closed_at.is_(None)))
    return sorted(map(_read, rows), key=lambda one: (one.severity != CRITICAL, one.opened_at, one.check))


def recent_incidents(connection: Connection, most: int = 20) -> list[Open]:
    """Those that were opened last, newest first, whether or not they last."""
    query = select(Incident.__table__).order_by(Incident.opened_at.desc(), Incident.incident_id).limit(most)
    return [_read(row) for row in connection.execute(query)]


def _by_subject(findings: Sequence[Finding]) -> dict[tuple[str, str], Finding]:
    """Of each incident the worst alarm; the whole speaks before its parts."""
    found: dict[tuple[str, str], Finding] = {}
    checks_with_parts = {one.check for one in findings if one.alarm and one.subject != NOBODY}
    for one in findings:
        if one.alarm is None:
            continue
        is_whole = one.check in AS_A_WHOLE
        if one.subject == NOBODY and not is_whole and one.check in checks_with_parts:
            continue  # its parts are incidents of their own
        key = (one.check, NOBODY if is_whole else one.subject)
        known = found.get(key)
        if known is None or _rank(one) < _rank(known):
            found[key] = one
    return found


def _rank(one: Finding) -> tuple[bool, bool]:
    return one.alarm != CRITICAL, one.subject != NOBODY


def _alarmed(
    connection: Connection,
    key: tuple[str, str],
    one: Finding,
    standing: Open | None,
    release_id: str,
    at: datetime,
) -> News | None:
    assert one.alarm is not None  # noqa: S101 (only alarms come here)
    words = text_as_json(one.words)
    if standing is None:
        row = {
            "incident_id": new_id("inc"),
            "check_name": key[0],
            "subject": key[1],
            "severity": one.alarm,
            "opened_at": at,
            "release_id": release_id,
            "words": words,
        }
        connection.execute(insert(Incident), [row])
        return News("opened", Open(str(row["incident_id"]), *key, one.alarm, at, None, one.words))
    is_worse = one.alarm == CRITICAL and standing.severity != CRITICAL
    severity: Alarm = CRITICAL if is_worse else standing.severity
    _set(connection, standing, words=words, severity=severity)
    now = Open(standing.incident_id, *key, severity, standing.opened_at, None, one.words)
    return News("worse", now) if is_worse else None


def _close(connection: Connection, one: Open, at: datetime) -> News:
    _set(connection, one, closed_at=at)
    return News(
        "recovered",
        Open(one.incident_id, one.check, one.subject, one.severity, one.opened_at, at, one.words),
    )


def _set(connection: Connection, one: Open, **values: object) -> None:
    connection.execute(update(Incident).where(Incident.incident_id == one.incident_id).values(values))


def _read(row: "object") -> Open:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 (SQLAlchemy's public name)
    return Open(
        values["incident_id"],
        values["check_name"],
        values["subject"],
        values["severity"],
        values["opened_at"],
        values["closed_at"],
        text_of(values["words"]),
    )
