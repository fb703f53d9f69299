"""From when to when a shop's data tells something, whatever the clock says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.clock import from_us, midnight
from core.errors import NotReadyError
from core.settings import Settings
from features.histories import Ints
from features.source import SLOT_US, FeatureSource, data_begins_at, known_slots

STRAY_SHARE = 0.01
"""So few events after a silence longer than the horizon are strays: a test call, a clock set wrong."""


@dataclass(frozen=True)
class Period:
    """The data of a shop begins in earnest at `starts` and ends before `ends`, a local midnight."""

    starts: datetime
    ends: datetime


def known_period(source: FeatureSource, settings: Settings, until: datetime) -> Period:
    """The period of what was known at `until`; it ends there, or before, after the last day with an event.

    Raises:
        NotReadyError: Nothing was known by then.
    """
    slots, counts = known_slots(source, until)
    if not len(slots):
        raise NotReadyError(
            "Nothing was known yet on {until}: load data first with `tagloop ingest MAPPING`, or train until "
            "a later day",
            until=until.astimezone(settings.zone).date(),
        )
    last = from_us(_last_slot(slots, counts, timedelta(days=settings.horizon_days)) * SLOT_US)
    following = last.astimezone(settings.zone).date() + timedelta(days=1)
    ends = min(until, midnight(following, settings.zone))
    return Period(data_begins_at(source, ends), ends)


def _last_slot(slots: Ints, counts: Ints, silence: timedelta) -> int:
    """The last one with an event that is no stray."""
    longest = silence // timedelta(microseconds=SLOT_US)
    gaps = np.flatnonzero(np.diff(slots) > longest)
    after = counts.sum() - np.cumsum(counts)[gaps]
    strays = gaps[after < STRAY_SHARE * counts.sum()]
    return int(slots[strays[0]] if len(strays) else slots[-1])
