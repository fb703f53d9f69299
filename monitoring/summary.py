"""How things stand, as plain values: what the API answers, the page shows and the command prints.

Nothing here loads frames or models: serving reads it.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitoring.finding import CRITICAL, Finding
from monitoring.incidents import Open, open_incidents
from monitoring.names import CHECKS, name_of
from monitoring.parity_runs import parity_blocks
from monitoring.recording import Kept, findings_of, recent_windows

WINDOWS_SHOWN = 12
Plain = dict[str, Any]


def summary(connection: Connection, *, windows: int = WINDOWS_SHOWN, until: datetime | None = None) -> Plain:
    """The latest windows that do not overlap, oldest first, what the last one showed, and what is open.

    `window` is null before anything was looked at.
    """
    kept = recent_windows(connection, most=windows, until=until)
    incidents = [_incident(one) for one in open_incidents(connection)]
    blocked = parity_blocks(connection, now=until)
    last = kept[-1] if kept else None
    findings = findings_of(connection, last.window_id) if last else []
    return {
        "window": None if last is None else _window(last),
        "verdict": None if last is None else {"act": last.act, "because": last.because.in_each()},
        "promotion_blocked_because": None if blocked is None else blocked.in_each(),
        "checks": by_check(findings),
        "incidents": incidents,
        "windows": [{**_window(one), "course": dict(one.course)} for one in kept],
        "estimator_error": estimator_error([one.course for one in kept]),
    }


def by_check(findings: Sequence[Finding]) -> list[Plain]:
    """Of each check the whole and what it found, what alarms first; in the order in which checks are shown."""
    order = {name: place for place, name in enumerate(CHECKS)}
    names = sorted({one.check for one in findings}, key=lambda name: (order.get(name, len(order)), name))
    return [_check(name, [one for one in findings if one.check == name]) for name in names]


def _check(name: str, findings: Sequence[Finding]) -> Plain:
    whole = next((one for one in findings if not one.subject), None)
    parts = sorted((one for one in findings if one.subject), key=_rank)
    alarms = {one.alarm for one in findings}
    return {
        "check": name,
        "names": name_of(name).in_each(),
        "status": CRITICAL if CRITICAL in alarms else "warning" if "warning" in alarms else "ok",
        "whole": None if whole is None else finding_as_json(whole),
        "alarms": sum(one.alarm is not None for one in parts),
        "findings": [finding_as_json(one) for one in parts],
    }


def _rank(one: Finding) -> tuple[int, float, str]:
    level = 2 if one.alarm is None else int(one.alarm != CRITICAL)
    return level, -abs(one.value) if math.isfinite(one.value) else 0.0, one.subject


def finding_as_json(one: Finding) -> Plain:
    """A finding as plain values; what is no number is null."""
    figures = ("value", "low", "high", "warning", "critical", "p_value")
    return {
        "subject": one.subject,
        **{name: _number(getattr(one, name)) for name in figures},
        "alarm": one.alarm,
        "words": one.words.in_each(),
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _window(one: Kept) -> Plain:
    return {
        "began_at": one.began_at,
        "ended_at": one.ended_at,
        "computed_at": one.computed_at,
        "release_id": one.release_id,
        "source": one.source,
        "customers": one.customers,
        "status": one.status,
        "act": one.act,
    }


def _incident(one: Open) -> Plain:
    return {
        "incident_id": one.incident_id,
        "check": one.check,
        "names": name_of(one.check).in_each(),
        "subject": one.subject,
        "severity": one.severity,
        "opened_at": one.opened_at,
        "words": one.words.in_each(),
    }


def estimator_error(courses: Sequence[Mapping[str, Any]]) -> float | None:
    """How far estimated precisions lay from the realised ones in the mean; None before any is known."""
    errors = [
        abs(one["estimated"][0] - one["realised"][0])
        for course in courses
        for one in course["tags"].values()
        if one["estimated"] and one["realised"]
    ]
    return sum(errors) / len(errors) if errors else None


def latest(found: Mapping[str, Any], path: Sequence[str]) -> list[Any]:
    """One value of every window's course, oldest first; None where it has none."""
    values = []
    for window in found["windows"]:
        value: Any = window["course"]
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        values.append(value)
    return values
