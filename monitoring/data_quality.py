"""Whether what each source brings is what it usually brings: before anything is said about models."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from core.clock import add_days
from core.language import Text
from monitoring.arrivals import GAPS, Arrivals, arrivals
from monitoring.finding import CRITICAL, Finding
from monitoring.thresholds import Threshold
from monitoring.watched import Watched

EARLIER = 8
"""So many windows before tell what is usual."""

LEAST_EARLIER = 4
LEAST_EVENTS = 100
"""Of a source that brings fewer in a window, shares say little."""

SURE = 3.0
"""Standard deviations from what is usual that chance hardly reaches."""

LEAST_SPREAD = 0.05
"""A source is never taken to be steadier than this share, however steady it was."""


def data_quality(
    watched: Watched, began_at: datetime, ended_at: datetime, importance: Mapping[str, float]
) -> tuple[list[Finding], dict[str, int]]:
    """What is unusual about a window's events, by source; and how many each source brought.

    A finding of each kind of check and source, alarmed or not, where enough is known of what is usual.
    """
    settings = watched.settings
    edges = [
        add_days(began_at, -number * settings.window_days, settings.zone) for number in range(EARLIER, 0, -1)
    ]
    found = arrivals(watched.source, [*edges, began_at, ended_at])
    findings = [
        one for source, periods in sorted(found.items()) for one in _of_source(watched, source, periods)
    ]
    return [*findings, *lost_categories(watched, importance)], {
        name: periods[-1].events for name, periods in found.items()
    }


def _of_source(watched: Watched, source: str, periods: Sequence[Arrivals]) -> list[Finding]:
    now, before = periods[-1], [one for one in periods[:-1] if one.events]
    if len(before) < LEAST_EARLIER or np.mean([one.events for one in before]) < LEAST_EVENTS:
        return []
    thresholds = watched.thresholds
    findings = [_volume(source, now, before, thresholds["volume"])]
    if now.events < LEAST_EVENTS:
        return findings
    findings += [_missing(source, column, now, before, thresholds["missing_values"]) for column in GAPS]
    findings.append(_new_kinds(source, now, before, thresholds["new_categories"]))
    paid = [one for one in before if one.amounts >= LEAST_EVENTS]
    if now.amounts >= LEAST_EVENTS and len(paid) >= LEAST_EARLIER:
        findings.append(_amounts(source, now, paid, thresholds["amounts"]))
    findings.append(_delay(source, now, before, thresholds["delay_hours"]))
    findings.append(_repeated(source, now, before, thresholds["repeated"]))
    findings.append(_future(source, now, thresholds["from_the_future"]))
    return findings


def _volume(source: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold) -> Finding:
    usual = [float(one.events) for one in before]
    mean = float(np.mean(usual))
    off = now.events / mean - 1.0
    words = Text(
        "{source}: {events} events, {usual} are usual",
        {"source": source, "events": f"{now.events:,}", "usual": f"{mean:,.0f}"},
    )
    is_unusual = not now.events or _is_unusual(now.events, usual)
    alarm = threshold.alarm(abs(off)) if is_unusual else None
    return Finding("volume", source, off, words, alarm=alarm, **_levels(threshold))


def _missing(
    source: str, column: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold
) -> Finding:
    share, usual = _shares(now, before, lambda one: one.missing[column])
    words = Text(
        "{source}: {column} is missing of {share} of the events, of {usual} usually",
        {"source": source, "column": column, "share": f"{share:.1%}", "usual": f"{np.mean(usual):.1%}"},
    )
    more = share - float(np.mean(usual))
    alarm = threshold.alarm(more) if _is_unusual(share, usual) else None
    return Finding("missing_values", f"{source}/{column}", more, words, alarm=alarm, **_levels(threshold))


def _new_kinds(source: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold) -> Finding:
    known = {kind for one in before for kind in one.kinds}
    new = {kind: count for kind, count in now.kinds.items() if kind not in known}
    share = max((now.share(count) for count in new.values()), default=0.0)
    words = (
        Text(
            "{source}: never seen before: {kinds}",
            {"source": source, "kinds": ", ".join(sorted(new, key=lambda kind: -new[kind])[:5])},
        )
        if new
        else Text("{source}: no new channel or type", {"source": source})
    )
    return Finding("new_categories", source, share, words, alarm=threshold.alarm(share), **_levels(threshold))


def _amounts(source: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold) -> Finding:
    """Whether amounts are of the usual size: of the median of the windows before, until a change has become usual."""
    usual = float(np.median([one.typical_amount for one in before]))
    ratio = now.typical_amount / usual
    off = max(ratio, 1.0 / ratio) - 1.0
    told = {"source": source, "amount": f"{now.typical_amount:,.2f}", "usual": f"{usual:,.2f}"}
    words = (
        Text("{source}: {amount} is a typical amount, {usual} usually; was its unit changed?", told)
        if off >= threshold.warning
        else Text("{source}: {amount} is a typical amount, {usual} usually", told)
    )
    return Finding("amounts", source, off, words, alarm=threshold.alarm(off), **_levels(threshold))


def _delay(source: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold) -> Finding:
    usual = float(np.median([one.delay_hours for one in before]))
    words = Text(
        "{source}: nine events in ten come within {hours} hours, within {usual} usually",
        {"source": source, "hours": f"{now.delay_hours:.1f}", "usual": f"{usual:.1f}"},
    )
    later = now.delay_hours - usual
    return Finding("delay_hours", source, later, words, alarm=threshold.alarm(later), **_levels(threshold))


def _repeated(source: str, now: Arrivals, before: Sequence[Arrivals], threshold: Threshold) -> Finding:
    share, usual = _shares(now, before, lambda one: one.repeated)
    words = Text(
        "{source}: {share} of the events say the same as another one, {usual} usually",
        {"source": source, "share": f"{share:.2%}", "usual": f"{np.mean(usual):.2%}"},
    )
    more = share - float(np.mean(usual))
    alarm = threshold.alarm(more) if _is_unusual(share, usual) else None
    return Finding("repeated", source, more, words, alarm=alarm, **_levels(threshold))


def _future(source: str, now: Arrivals, threshold: Threshold) -> Finding:
    share = now.share(now.future)
    words = Text(
        "{source}: {count} events happened after they were received", {"source": source, "count": now.future}
    )
    return Finding(
        "from_the_future", source, share, words, alarm=threshold.alarm(share), **_levels(threshold)
    )


def lost_categories(watched: Watched, importance: Mapping[str, float]) -> list[Finding]:
    """Category groups that the models go by and of which the catalogue has no item any more.

    A category that was renamed at the source looks to the models as if nobody bought of it. `importance` is by feature.
    """
    catalogue = watched.source.catalogue
    _, there = catalogue.members(np.arange(len(catalogue.keys)))
    counts = np.bincount(there, minlength=len(watched.source.spec.groups))
    counted_by = {name.partition("__")[2] for name, weight in importance.items() if weight > 0.0}
    lost = [
        group.name
        for group, count in zip(watched.source.spec.groups, counts, strict=True)
        if not count and group.name in counted_by
    ]
    if not lost:
        words = Text("Every category that the models count has items")
        return [Finding("lost_categories", "", 0.0, words)]
    return [
        Finding(
            "lost_categories",
            name,
            1.0,
            Text(
                "{group}: no item of the catalogue belongs to it any more; was it renamed?", {"group": name}
            ),
            alarm=CRITICAL,
        )
        for name in lost
    ]


def _shares(
    now: Arrivals, before: Sequence[Arrivals], count: Callable[[Arrivals], int]
) -> tuple[float, list[float]]:
    """A share in the window, and in those before it."""
    return now.share(count(now)), [one.share(count(one)) for one in before]


def _is_unusual(value: float, usual: Sequence[float]) -> bool:
    """Whether a value lies further from the earlier ones than chance hardly reaches."""
    mean = float(np.mean(usual))
    spread = max(float(np.std(usual, ddof=1)), LEAST_SPREAD * abs(mean), 1e-9)
    return abs(value - mean) > SURE * spread * float(np.sqrt(1.0 + 1.0 / len(usual)))


def _levels(threshold: Threshold) -> Mapping[str, float]:
    return {"warning": threshold.warning, "critical": threshold.critical}
