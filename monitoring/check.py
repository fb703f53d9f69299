"""One check: is the world of a window still the one that the champion was trained on, and what to do if not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from core.clock import add_days
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from monitoring import keeping
from monitoring.alerts import tell
from monitoring.course import course_of, review_load, with_outcomes
from monitoring.data_quality import data_quality
from monitoring.finding import CRITICAL, Finding, worst
from monitoring.incidents import News, note
from monitoring.nightly import replay_what_was_served
from monitoring.parity_runs import latest_parity
from monitoring.recording import Kept, change_course, recent_windows, record, window_id_of
from monitoring.reference import reference_of, usual_windows
from monitoring.scored import outcomes_of, scored_window
from monitoring.served import outcomes_of_served, served_window
from monitoring.statistics import cbpe, feature_drift, prediction_drift, promise, segment_drift, tag_drift
from monitoring.verdict import PROMISE, Verdict, is_violated, judge
from monitoring.watched import Watched, open_watched
from monitoring.window import Reference, Window
from review.outcomes import read_outcomes, resolve_outcomes
from tags.certificates import suspend
from tags.taxonomy import Taxonomy

STATISTICS = (feature_drift, prediction_drift, tag_drift, segment_drift, cbpe)


@dataclass(frozen=True, eq=False)
class Checked:
    """A window that was looked at.

    Attributes:
        window: Its customers.
        reference: What it was held against.
        kept: What the store keeps of it.
        findings: Of every check, alarmed or not.
        verdict: Whether to retrain.
        news: Incidents that began, got worse or ended.
        suspended: Tags whose certificate was withdrawn.
    """

    window: Window
    reference: Reference
    kept: Kept
    findings: tuple[Finding, ...]
    verdict: Verdict
    news: tuple[News, ...]
    suspended: tuple[str, ...]


def check(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Look at the window that ends at `until`, or where the data end if that is before; keep what was found.

    Raises:
        NotReadyError: Nothing was loaded or promoted yet.
    """
    return check_weeks(settings, store, taxonomy, weeks=1, until=until, progress=progress)[-1]


def check_weeks(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    weeks: int,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> list[Checked]:
    """The same for so many windows side by side, the oldest first; alerts are sent of the latest alone.

    Past windows tell what today's release would have said then; those that the store has already are looked at again.

    Raises:
        NotReadyError: Nothing was loaded or promoted yet.
    """
    watched = open_watched(settings, store, taxonomy)
    now = settings.make_clock().now()
    resolve_outcomes(settings, store, watched.source, taxonomy, now=now)
    replay_what_was_served(settings, store, taxonomy, now)
    ends_at = watched.data_ends if until is None else min(until, watched.data_ends)
    reference, usual = reference_of(watched, progress=progress), usual_windows(watched, progress=progress)
    found = []
    for number in reversed(range(weeks)):
        end = add_days(ends_at, -number * settings.window_days, settings.zone)
        is_latest = number == 0
        found.append(_check(watched, reference, usual, end, is_latest=is_latest, progress=progress))
    _realise(watched, ends_at)
    return found


def _check(
    watched: Watched,
    reference: Reference,
    usual: Sequence[Window],
    ended_at: datetime,
    *,
    is_latest: bool,
    progress: Progress | None,
) -> Checked:
    settings = watched.settings
    window = window_of(watched, ended_at, reference, progress=progress)
    if not len(window):
        raise NotReadyError(
            "Nobody was active in the 84 days before {instant}: there is nothing to compare",
            instant=ended_at.date(),
        )
    of_data, events = data_quality(watched, window.began_at, ended_at, _weights(reference))
    of_models = [
        one for statistic in STATISTICS for one in statistic(reference, usual, window, watched.thresholds)
    ]
    outcomes = _resolved(watched, None if is_latest else ended_at)
    of_promises = promise(outcomes, reference.promised, watched.thresholds)
    with watched.store.read() as connection:
        of_parity = latest_parity(connection, until=None if is_latest else ended_at)
        before = (
            recent_windows(
                connection,
                most=settings.verdict_windows - 1,
                until=window.began_at,
                release_id=watched.release.release_id,
            )
            if settings.verdict_windows > 1
            else []
        )
    findings = (*of_promises, *of_parity, *of_data, *of_models)
    verdict = judge(findings, [one.is_violated for one in before], settings, at=ended_at)
    course = course_of(window, findings, reference, events)
    kept = _kept(watched, window, findings, verdict, course)
    with watched.store.write() as connection:
        kept = replace(kept, course={**course, "review": review_load(connection, window.began_at, ended_at)})
        record(connection, kept, findings)
        suspended = _suspend(watched, connection, findings, ended_at)
        news = note(connection, findings, release_id=kept.release_id, at=ended_at) if is_latest else []
        tell(connection, news, kept)
    return Checked(window, reference, kept, findings, verdict, tuple(news), suspended)


def window_of(
    watched: Watched, ended_at: datetime, reference: Reference, *, progress: Progress | None = None
) -> Window:
    """What was served in the window, or where that is too little, active customers scored as of its end; kept."""
    began_at = add_days(ended_at, -watched.settings.window_days, watched.settings.zone)
    window = keeping.kept(watched.folder, began_at, ended_at)
    if window is None:
        window = served_window(watched, began_at, ended_at, active=reference.population)
    if window is None:
        window = scored_window(watched, began_at, ended_at, progress=progress)
    keeping.keep(watched.folder, window)
    return window


def _weights(reference: Reference) -> dict[str, float]:
    return {str(name): float(weight) for name, weight in reference.importance.items()}


def _kept(
    watched: Watched,
    window: Window,
    findings: Sequence[Finding],
    verdict: Verdict,
    course: Mapping[str, Any],
) -> Kept:
    return Kept(
        window_id=window_id_of(window.release_id, window.began_at, window.ended_at),
        release_id=window.release_id,
        began_at=window.began_at,
        ended_at=window.ended_at,
        computed_at=watched.settings.make_clock().now(),
        source=window.source,
        customers=len(window),
        status=worst(findings),
        is_violated=is_violated(findings),
        act=verdict.act,
        because=verdict.because,
        course=course,
    )


def _resolved(watched: Watched, until: datetime | None) -> pd.DataFrame:
    """What came of tags that were applied by the versions that serve, each with what turned out, in that order."""
    models = {one.model for one in watched.certificates.values()}
    with watched.store.read() as connection:
        found = read_outcomes(connection, until=until)
    there = found[found["model"].isin(models) & (found["decision"] == "apply") & found["value"].notna()]
    return there.sort_values(["resolved_at", "seq"])


def _suspend(
    watched: Watched, connection: Connection, findings: Sequence[Finding], at: datetime
) -> tuple[str, ...]:
    """Withdraw the certificates of broken promises; which tags' were withdrawn now."""
    broken = [
        one.subject for one in findings if one.check == PROMISE and one.alarm == CRITICAL and one.subject
    ]
    return tuple(
        tag
        for tag in broken
        if suspend(connection, tag, watched.certificates[tag].model, "broken_promise", at=at)
    )


def _realise(watched: Watched, known_until: datetime) -> None:
    """Add what turned out to the earlier windows of this release whose horizon has passed."""
    settings = watched.settings
    with watched.store.read() as connection:
        windows = recent_windows(
            connection,
            most=keeping.WINDOWS_KEPT,
            until=add_days(known_until, -settings.horizon_days, settings.zone),
            release_id=watched.release.release_id,
        )
    for one in windows:
        if one.course["calibration"] is None:
            _realise_one(watched, one, known_until)


def _realise_one(watched: Watched, one: Kept, known_until: datetime) -> None:
    window = keeping.kept(watched.folder, one.began_at, one.ended_at)
    if window is None:
        return
    if window.source == "served":
        outcomes = outcomes_of_served(watched, window, known_until)
    else:
        outcomes = outcomes_of(watched, one.ended_at, known_until, window.features.index)
    with watched.store.write() as connection:
        change_course(connection, one.window_id, with_outcomes(one.course, window, outcomes))
