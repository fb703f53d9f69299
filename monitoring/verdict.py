"""Whether what monitoring found calls for a retraining, and why, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.language import Text
from core.settings import Settings
from monitoring.finding import CRITICAL, NOBODY, Finding, text_of
from monitoring.tables import DriftWindow

DATA_CHECKS = frozenset(
    {
        "missing_values",
        "volume",
        "new_categories",
        "lost_categories",
        "amounts",
        "delay_hours",
        "repeated",
        "from_the_future",
        "parity",
    }
)
"""What a new training would not mend, and might learn from: the data have to be put right first."""

PROMISE = "promise"


@dataclass(frozen=True)
class Verdict:
    """Whether to retrain, why or why not, and when the latest window that it rests on ended."""

    act: bool
    because: Text
    at: datetime


def is_violated(findings: Sequence[Finding]) -> bool:
    """Whether a window speaks for a retraining: something critical that a new training could mend."""
    return any(one.alarm == CRITICAL and one.check not in DATA_CHECKS for one in findings)


def judge(
    findings: Sequence[Finding], before: Sequence[bool], settings: Settings, *, at: datetime
) -> Verdict:
    """Act when so many of the last windows were violated and the latest is; at once when a promise is broken.

    Broken data are put right first: where the latest window has a critical finding about them, nothing is learned from
    it. `before` says of the windows before the latest whether they were violated, oldest first.
    """
    act, because = _judged(findings, before, settings)
    return Verdict(act, because, at)


def _judged(findings: Sequence[Finding], before: Sequence[bool], settings: Settings) -> tuple[bool, Text]:
    critical = [one for one in findings if one.alarm == CRITICAL]
    bad = [one for one in critical if one.check in DATA_CHECKS]
    if bad:
        return False, Text("The data have to be put right first: {check}", {"check": bad[0].check})
    broken = [one.subject for one in critical if one.check == PROMISE and one.subject != NOBODY]
    if broken:
        return True, Text("The promise is broken of {tags}", {"tags": ", ".join(broken)})
    recent = [*before, is_violated(findings)][-settings.verdict_windows :]
    values: dict[str, object] = {"n": sum(recent), "of": len(recent), "least": settings.verdict_violations}
    if not recent[-1]:
        return False, Text("Nothing calls for a retraining")
    if sum(recent) < settings.verdict_violations:
        return False, Text("{n} of the last {of} windows in violation; {least} call for a retraining", values)
    values["checks"] = ", ".join(dict.fromkeys(one.check for one in critical))
    return True, Text("{n} of the last {of} windows in violation, the latest too: {checks}", values)


def latest_verdict(
    connection: Connection, *, now: datetime | None = None, release_id: str | None = None
) -> Verdict | None:
    """The verdict as of the latest window; None before any was looked at.

    Windows that end after `now` are not looked at, nor those of another release where one is named.
    """
    query = select(DriftWindow.act, DriftWindow.because, DriftWindow.ended_at)
    if now is not None:
        query = query.where(DriftWindow.ended_at <= now)
    if release_id is not None:
        query = query.where(DriftWindow.release_id == release_id)
    row = connection.execute(query.order_by(DriftWindow.ended_at.desc()).limit(1)).first()
    return None if row is None else Verdict(row.act, text_of(row.because), row.ended_at)
