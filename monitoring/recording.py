"""What was found in each window, as the store keeps it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.ids import content_id
from core.language import Text
from core.storage.upsert import upsert
from monitoring.finding import Finding, text_as_json, text_of
from monitoring.tables import DriftFinding, DriftWindow

_FIGURES = ("value", "low", "high", "warning", "critical", "p_value")


@dataclass(frozen=True)
class Kept:
    """One window that was looked at; see `monitoring.tables.DriftWindow`."""

    window_id: str
    release_id: str
    began_at: datetime
    ended_at: datetime
    computed_at: datetime
    source: str
    customers: int
    status: str
    is_violated: bool
    act: bool
    because: Text
    course: Mapping[str, Any]


def window_id_of(release_id: str, began_at: datetime, ended_at: datetime) -> str:
    """The id of a window of a release."""
    return content_id(release_id, str(began_at.timestamp()), str(ended_at.timestamp()))


def record(connection: Connection, window: Kept, findings: Sequence[Finding]) -> None:
    """Keep a window with its findings in place of what was found of it before."""
    row = {**vars(window), "because": text_as_json(window.because), "course": dict(window.course)}
    upsert(connection, DriftWindow, [row])
    connection.execute(delete(DriftFinding).where(DriftFinding.window_id == window.window_id))
    if findings:
        connection.execute(insert(DriftFinding), [_row(window.window_id, one) for one in findings])


def change_course(connection: Connection, window_id: str, course: Mapping[str, Any]) -> None:
    """Replace what is drawn of a window, once more is known of it."""
    changed = update(DriftWindow).where(DriftWindow.window_id == window_id)
    connection.execute(changed.values(course=dict(course)))


def recent_windows(
    connection: Connection, *, most: int, until: datetime | None = None, release_id: str | None = None
) -> list[Kept]:
    """The latest windows that do not overlap, oldest first: of all releases, or of one."""
    query = select(DriftWindow.__table__).order_by(
        DriftWindow.ended_at.desc(), DriftWindow.computed_at.desc()
    )
    if until is not None:
        query = query.where(DriftWindow.ended_at <= until)
    if release_id is not None:
        query = query.where(DriftWindow.release_id == release_id)
    found: list[Kept] = []
    for row in connection.execute(query):
        one = _kept(row._asdict())
        if not found or one.ended_at <= found[-1].began_at:
            found.append(one)
        if len(found) == most:
            break
    return found[::-1]


def findings_of(connection: Connection, window_id: str) -> list[Finding]:
    """What was found in a window, by check and subject."""
    query = (
        select(DriftFinding.__table__)
        .where(DriftFinding.window_id == window_id)
        .order_by(DriftFinding.check_name, DriftFinding.subject)
    )
    return [_finding(row._asdict()) for row in connection.execute(query)]


def _kept(values: Mapping[str, Any]) -> Kept:
    return Kept(**{**values, "because": text_of(values["because"])})


def _row(window_id: str, one: Finding) -> dict[str, Any]:
    figures = {name: _number(getattr(one, name)) for name in _FIGURES}
    return {
        "window_id": window_id,
        "check_name": one.check,
        "subject": one.subject,
        **figures,
        "alarm": one.alarm,
        "words": text_as_json(one.words),
    }


def _number(value: float | None) -> float | None:
    """What is no number is kept as nothing, on both databases."""
    return None if value is None or not math.isfinite(value) else float(value)


def _finding(values: Mapping[str, Any]) -> Finding:
    figures = {name: values[name] for name in _FIGURES if name != "value"}
    value = math.nan if values["value"] is None else values["value"]
    words = text_of(values["words"])
    return Finding(values["check_name"], values["subject"], value, words, alarm=values["alarm"], **figures)
