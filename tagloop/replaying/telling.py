"""Prints what each week came to, a line a week as it ends."""

from collections.abc import Sequence

from tagloop.console import Terminal
from tagloop.replaying.asked import Asked
from tagloop.replaying.audit_draws import AuditCoverage
from tagloop.replaying.record import AUDIT_LEVEL
from tagloop.replaying.weeks import Interval, Week, Words


def heading(asked: Asked, terminal: Terminal) -> None:
    """Say what is replayed, and what the columns are."""
    terminal.note(
        "{days} days from {began} on, {reviewers} reviewers who are right with {accuracy}",
        days=asked.days,
        began=asked.began.date(),
        reviewers=asked.reviewers,
        accuracy=f"{asked.accuracy:.0%}",
    )
    if asked.breaks_at is not None:
        terminal.note("Break ({kind}) from {day} on", kind=asked.broken, day=asked.breaks_at.date())


def tell_week(week: Week, terminal: Terminal) -> None:
    """Print one week, and below it what happened at its end."""
    terminal.line(
        "{day}  {champion}, {certified} tags certified, {suspended} suspended: applied {applied}, precision "
        "{precision} (promised {target}), coverage {coverage}, calibration off by {calibration}; {decided} decisions, "
        "audit {audit}, people would say {said}",
        day=week.began_at.date(),
        champion=week.champion,
        certified=week.certified,
        suspended=week.suspended,
        applied=f"{week.applied:,}",
        precision=_share(week.precision),
        target=_share(week.target),
        coverage=_share(week.coverage),
        calibration=_share(week.calibration),
        decided=week.decided,
        audit=_interval(week.audit),
        said=_share(week.said),
    )
    if week.alarms:
        terminal.line("    drift: {alarms}", alarms=_joined(week.alarms, terminal))
    if week.withdrawn:
        terminal.line("    certificates suspended: {tags}", tags=", ".join(week.withdrawn))
    if week.retraining is not None and week.retraining != "no_reason":
        terminal.line(
            "    retraining: {happened} ({reasons})",
            happened=week.retraining,
            reasons=_joined(week.reasons, terminal) or "-",
        )


def _joined(lines: Sequence[Words], terminal: Terminal) -> str:
    return "; ".join(line[terminal.language] for line in lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(one: Interval | None) -> str:
    return "-" if one is None else f"{one.value:.2f} ({one.low:.2f} {one.high:.2f}; {one.n})"


def tell_coverage(found: AuditCoverage, terminal: Terminal) -> None:
    """Say how often the truth lay in the audit's interval."""
    terminal.line(
        "Audits drawn again: in {held} of {draws} the truth lay in the interval ({share}; with 95% confidence {low} to "
        "{high}; {claimed} is claimed). Intervals are {width} wide at {decisions} decisions, estimates off by {error}",
        held=found.held,
        draws=found.draws,
        share=f"{found.share:.1%}",
        low=f"{found.low:.1%}",
        high=f"{found.high:.1%}",
        claimed=f"{AUDIT_LEVEL:.0%}",
        width=f"{found.width:.2f}",
        decisions=f"{found.decisions:.0f}",
        error=f"{found.error:+.3f}",
    )
