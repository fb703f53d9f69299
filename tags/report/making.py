"""Makes the report: looks at the profiles as they are, and at what followed upon what they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
from sqlalchemy import Connection

from core.settings import Settings
from core.storage import Store
from features.contract import Role
from features.histories import Mask
from features.outcomes import Horizon
from features.source import FeatureSource, data_begins_at, open_source
from tags.audience.roll import Roll, read_roll
from tags.certificates import Certificate
from tags.definition import Method
from tags.profile.reading import computed
from tags.report.advice import Subject, judge
from tags.report.completeness import (
    Completeness,
    behaviours,
    covered_groups,
    tags_at_all,
    uncovered,
)
from tags.report.following import Followed, Progress, follow
from tags.report.past import Past, past_of, precision_of, stability_of, weight_of
from tags.report.quality import Audited, Coverage, TagFigures, TagQuality, Twin, Use
from tags.report.recompute import Recomputing
from tags.report.redundancy import Overlap, overlaps
from tags.report.report import Report
from tags.report.standing import Standing, first_carried, read_standing
from tags.report.thresholds import UNUSED_DAYS
from tags.report.uses import Uses, read_uses
from tags.report.windows import Window, windows_until
from tags.rules.rulebook import Rulebook
from tags.rules.shop import rules_spec
from tags.taxonomy import Taxonomy

TWINS = 3
PART_OF_ALL = ""
_PARTS = {Method.RULE: "rules", Method.MODEL: "models"}
"""Which part of `tags_computed` tells that a method's tags have been worked out; others need no such step."""


@dataclass(frozen=True, eq=False)
class _Now:
    """The profiles as they are."""

    roll: Roll
    masks: Mapping[str, Mask]
    standing: Mapping[str, Standing]
    first: Mapping[str, datetime]
    worked_out: frozenset[str]
    uses: Uses


def make_report(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    now: datetime,
    *,
    certificates: Mapping[str, Certificate],
    audits: Mapping[str, Audited] = MappingProxyType({}),
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """The report on all tags that customers can carry.

    `certificates` are those of the models that serve, by tag; `audits` what reviewers say of what was drawn at random;
    `progress` is told of the buckets of the lake.

    Raises:
        NotReadyError: No events were loaded yet.
    """
    with store.read() as connection:
        spec = rules_spec(connection, settings, taxonomy)
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets, spec=spec)
    begins = data_begins_at(source, now)
    windows = windows_until(now, settings.zone, settings.horizon_days, begins=begins)
    recomputing = Recomputing(taxonomy, source, windows)
    horizon = Horizon(settings.horizon_days, now)
    followed = follow(source, windows, horizon, recomputing.recompute, progress)
    with store.read() as connection:
        found = _now(connection, settings, taxonomy, now)
        past = past_of(connection, taxonomy, followed, windows, found.first)
    rulebook = Rulebook(taxonomy, spec)
    figures = _figures(
        taxonomy, found, past, followed, windows, rulebook, now, certificates=certificates, audits=audits
    )
    return Report(
        as_of=now,
        taxonomy=taxonomy.version,
        customers=found.roll.n_customers,
        windows=windows,
        tags=_judged(taxonomy, figures, found.worked_out),
        completeness=_completeness(taxonomy, found, source, windows, rulebook),
    )


def _now(connection: Connection, settings: Settings, taxonomy: Taxonomy, now: datetime) -> _Now:
    roll = read_roll(connection, now)
    for tag in taxonomy.current:
        roll.mask(tag.key, connection)
    since = (now - timedelta(days=UNUSED_DAYS.value)).astimezone(settings.zone).date()
    return _Now(
        roll,
        {tag.key: roll.mask(tag.key, connection) for tag in taxonomy.current},
        read_standing(connection, now),
        first_carried(connection),
        frozenset(computed(connection)),
        read_uses(connection, since),
    )


def _figures(
    taxonomy: Taxonomy,
    now: _Now,
    past: Mapping[str, Past],
    followed: Followed,
    windows: Sequence[Window],
    rulebook: Rulebook,
    at: datetime,
    *,
    certificates: Mapping[str, Certificate],
    audits: Mapping[str, Audited],
) -> dict[str, TagFigures]:
    twins = _twins(now.masks)
    needed_by = _needed_by(rulebook)
    found = {}
    for tag in taxonomy.current:
        key, standing = tag.key, now.standing.get(tag.key, Standing())
        coverage = _coverage(standing, now.roll.n_customers)
        found[key] = TagFigures(
            tag=key,
            coverage=coverage,
            precision=precision_of(tag, past.get(key), followed, certificates.get(key), audits.get(key)),
            weight=weight_of(past.get(key), followed),
            twins=twins.get(key, ()),
            stability=stability_of(past.get(key), followed, windows, coverage, at),
            age=standing.age(at),
            use=Use(
                now.uses.by_tag.get(key, {}), now.uses.counted_days, tuple(sorted(needed_by.get(key, ())))
            ),
            audit=audits.get(key),
        )
    return found


def _coverage(standing: Standing, n_customers: int) -> Coverage:
    share = standing.customers / n_customers if n_customers else 0.0
    return Coverage(standing.customers, share, dict(sorted(standing.by_source.items())))


def _judged(
    taxonomy: Taxonomy, figures: Mapping[str, TagFigures], worked_out: frozenset[str]
) -> list[TagQuality]:
    exclusive = {
        tag.key: frozenset(one.key for one in taxonomy.tags_of_group(group.key))
        for group in taxonomy.groups_of_tags
        if group.exclusive
        for tag in taxonomy.tags_of_group(group.key)
    }
    everybody = frozenset(figures)
    valued = frozenset(tag.key for tag in taxonomy.current if tag.has_values)
    return [
        judge(
            Subject(
                figures[tag.key],
                is_momentary=tag.method is Method.TRIGGER,
                is_predicted=tag.method is Method.MODEL,
                is_worked_out=_PARTS.get(tag.method, PART_OF_ALL) in {*worked_out, PART_OF_ALL},
                # Of tags with values the same customers may carry both and the values tell apart: age and income.
                rivals=everybody if tag.has_values else valued | exclusive.get(tag.key, frozenset()),
                others=figures,
            )
        )
        for tag in taxonomy.current
    ]


def _twins(masks: Mapping[str, Mask]) -> dict[str, list[Twin]]:
    """By tag the others that most of its customers carry as well."""
    names = list(masks)
    if not names:
        return {}
    found: dict[str, list[Twin]] = {}
    for pair in overlaps(names, np.column_stack([masks[name] for name in names])):
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            twins = found.setdefault(one, [])
            if len(twins) < TWINS and pair.both:
                twins.append(_twin(pair, one, other, masks))
    return found


def _twin(pair: Overlap, one: str, other: str, masks: Mapping[str, Mask]) -> Twin:
    contained = pair.both / int(masks[one].sum())
    return Twin(other, pair.both, pair.jaccard, contained, pair.mutual_information)


def _needed_by(rulebook: Rulebook) -> dict[str, set[str]]:
    """By tag the tags whose rules read it."""
    found: dict[str, set[str]] = {}
    for key, rule in rulebook.rules.items():
        for checked in (rule.when, rule.value):
            for tag in checked.tags if checked else ():
                found.setdefault(tag, set()).add(key)
    return found


def _completeness(
    taxonomy: Taxonomy, now: _Now, source: FeatureSource, windows: Sequence[Window], rulebook: Rulebook
) -> Completeness:
    kinds = {tag.key: tag.kind for tag in taxonomy.current}
    without, by_kind = tags_at_all(now.masks, kinds, now.roll.n_customers)
    groups = covered_groups(taxonomy, rulebook)
    return Completeness(
        customers=now.roll.n_customers,
        without_any=without,
        by_kind=by_kind,
        categories=uncovered(source, windows[-1], groups) if windows else [],
        behaviours=behaviours(taxonomy, rulebook, _roles(source)),
    )


def _roles(source: FeatureSource) -> set[Role]:
    """The roles of events that the lake holds."""
    found: set[Role] = set()
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, ["type"], version=source.lake_version)
        names = {str(name) for name in events.column("type").unique().to_pylist()}
        found |= {role for name in names if (role := source.spec.roles.get(name))}
    return found
