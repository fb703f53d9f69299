"""How many of the active customers each category of the catalogue reaches within a horizon."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.clock import add_days, from_us, midnight, to_us
from features.assemble import KERNEL_COLUMNS, from_events
from features.calendar import DAY_US, local_us
from features.catalogue import Catalogue
from features.contract import Role
from features.histories import Floats, Histories, Ints, known_at
from features.outcomes import Target, rows_counted
from features.source import FeatureSource

TELLING = (
    Role.PURCHASE,
    Role.OPINION,
    Role.INTEREST,
)  # what a tag may count, in the order of what it is worth
ACTIVE_DAYS = 84
WINDOWS = 6  # one after the other, the last ends with the data
STRAY_SHARE = 0.001  # so few events after the data's end are dated wrong


@dataclass
class Census:
    """Of one role its events of catalogued items: how many each local day had, and how often each rating came."""

    days: Counter[int] = field(default_factory=Counter)
    ratings: Counter[float] = field(default_factory=Counter)


@dataclass(frozen=True)
class Reach:
    """In the typical window how many customers were active, and for how many each group came true: (n_groups,)."""

    active: float
    customers: Floats


def take_census(source: FeatureSource, catalogue: Catalogue, until: datetime) -> dict[Role, Census]:
    """What there is to count, of what was known at `until`."""
    found: dict[Role, Census] = {}
    for histories in _known(source, until):
        for role in TELLING:
            rows = rows_counted(histories, Target("", (role.value,)), source.spec.roles)
            rows = rows[catalogue.codes(histories.item_key[rows]) >= 0]
            if len(rows):
                census = found.setdefault(role, Census())
                census.days.update(
                    _tally(local_us(histories.occurred_at_us[rows], source.spec.zone) // DAY_US)
                )
                rating = histories.rating[rows]
                census.ratings.update(_tally(np.round(rating[~np.isnan(rating)], 2)))
    return found


def reach_of(
    source: FeatureSource,
    catalogue: Catalogue,
    target: Target,
    census: Census,
    *,
    until: datetime,
    horizon_days: int,
) -> Reach:
    """The medians over the last windows in which anybody was active in the 84 days before."""
    windows = _windows(source, census, horizon_days)
    active = np.zeros(len(windows))
    reached = np.zeros((len(windows), len(catalogue.groups)))
    for histories in _known(source, until):
        for place, window in enumerate(windows):
            counted = _in_window(histories, catalogue, target, source, window)
            active[place] += counted[0]
            reached[place] += counted[1]
    told = active > 0
    if not told.any():
        return Reach(0.0, np.zeros(len(catalogue.groups)))
    return Reach(float(np.median(active[told])), np.median(reached[told], axis=0))


def _in_window(
    histories: Histories,
    catalogue: Catalogue,
    target: Target,
    source: FeatureSource,
    window: tuple[int, int, int],
) -> tuple[int, Ints]:
    """How many customers were active before the window, and for how many of them each group came true in it."""
    since, start, end = window
    roles, n_groups = source.spec.roles, len(catalogue.groups)
    before = rows_counted(histories, Target(target.name, target.events), roles)
    at = histories.occurred_at_us[before]
    customer = histories.customer
    active = np.zeros(histories.n_customers, dtype=bool)
    active[customer[before[(at >= since) & (at < start)]]] = True
    rows = rows_counted(histories, target, roles)
    at = histories.occurred_at_us[rows]
    rows = rows[(at >= start) & (at < end) & active[customer[rows]]]
    place, group = catalogue.members(catalogue.codes(histories.item_key[rows]))
    pairs = np.unique(customer[rows][place] * n_groups + group)
    return int(active.sum()), np.bincount(pairs % n_groups, minlength=n_groups)


def _windows(source: FeatureSource, census: Census, horizon_days: int) -> list[tuple[int, int, int]]:
    """The last windows: (from where activity counts, start, end) in microseconds."""
    days = sorted(census.days)
    passed = np.cumsum([census.days[day] for day in days])
    last = days[int(np.searchsorted(passed, passed[-1] * (1 - STRAY_SHARE)))]
    end = midnight((from_us(0) + timedelta(days=last + 1)).date(), source.spec.zone)
    found = []
    for _ in range(WINDOWS):
        start = add_days(end, -horizon_days, source.spec.zone)
        since = add_days(start, -ACTIVE_DAYS, source.spec.zone)
        found.append((to_us(since), to_us(start), to_us(end)))
        end = start
    return found


def _known(source: FeatureSource, until: datetime) -> Iterator[Histories]:
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
        yield known_at(from_events(events), to_us(until))


def _tally(values: Ints | Floats) -> dict[Any, int]:
    distinct, counts = np.unique(values, return_counts=True)
    return dict(zip(distinct.tolist(), counts.tolist(), strict=True))


def upper_half(ratings: Counter[float]) -> float | None:
    """The rating that about half of all reach, None without any.

    >>> upper_half(Counter({2.0: 1, 3.0: 1, 4.0: 2, 5.0: 1}))
    4.0
    """
    values: Sequence[float] = sorted(ratings)
    if not values:
        return None
    passed = np.cumsum([ratings[value] for value in values])
    return values[int(np.searchsorted(passed, passed[-1] / 2))]
