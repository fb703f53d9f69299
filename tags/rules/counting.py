"""What functions count of a customer's events, beside the kernel: any event type, any number of days."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.compiled import compiled, entry
from features.calendar import DAY_US, clock_changes, local_day
from features.contract import MONEY_SCALE, Role
from features.histories import Codes, Floats, Histories, Ints
from features.outcomes import Target
from features.spec import FeatureSpec
from tags.rules.kinds import From, Input

_COUNT, _SUM, _SINCE, _SHARE = range(4)
_WHAT = {From.COUNT: _COUNT, From.SUM: _SUM, From.SINCE: _SINCE, From.CHANNEL_SHARE: _SHARE}
_EVER = 1 << 40  # days


class Asked(NamedTuple):
    """What is counted. Shapes: (n_asked,); `counts` has a 0 or 1 for each type and one more for a missing one."""

    what: Ints
    days: Ints
    channel: Ints
    counts: Ints


def counted(histories: Histories, as_of_us: int, spec: FeatureSpec, asked: Sequence[Input]) -> Floats:
    """What the functions give, shape (n_customers, n_asked), of events that were known before the instant.

    Days are counted as in the kernel: the local day of the last instant before it is the first of so many days back.
    """
    what = Asked(
        np.array([_WHAT[one.source] for one in asked], dtype=np.int64),
        np.array([_EVER if one.days is None else one.days for one in asked], dtype=np.int64),
        np.array([_channel(histories, one) for one in asked], dtype=np.int64),
        np.concatenate([_types(histories, spec, one) for one in asked]).astype(np.int64),
    )
    found = _count(
        histories.offsets,
        histories.occurred_at_us,
        histories.received_at_us,
        histories.type,
        histories.channel,
        histories.amount,
        what,
        *clock_changes(spec.zone),
        as_of_us,
        local_day(as_of_us - 1, spec.zone),
    )
    return found.reshape(histories.n_customers, len(asked))


def _types(histories: Histories, spec: FeatureSpec, asked: Input) -> Ints:
    """Of each type of the histories whether it counts."""
    word = Role.PURCHASE.value if asked.source is From.CHANNEL_SHARE else asked.key
    types = Target(word, (word,)).types(spec.roles)
    return np.array([*(name in types for name in histories.type_names), False], dtype=np.int64)


def _channel(histories: Histories, asked: Input) -> int:
    """The code of the channel that is asked for; one that no event has where none is."""
    names = list(histories.channel_names)
    wanted = asked.source is From.CHANNEL_SHARE and asked.key in names
    return names.index(asked.key) if wanted else len(names)


@entry
def _count(  # noqa: PLR0917 (columns)
    offsets: Ints,
    occurred_at_us: Ints,
    received_at_us: Ints,
    types: Codes,
    channels: Codes,
    amounts: Floats,
    asked: Asked,
    clock_instants: Ints,
    clock_offsets: Ints,
    as_of_us: int,
    last_day: int,
) -> Floats:
    what = Asked(*asked)
    n_asked, n_customers = len(what.what), len(offsets) - 1
    found = np.zeros(n_customers * n_asked)
    for customer in range(n_customers):
        row, whole, clock = found[customer * n_asked : (customer + 1) * n_asked], np.zeros(n_asked), 0
        for event in range(offsets[customer], offsets[customer + 1]):
            occurred = occurred_at_us[event]
            if occurred >= as_of_us or received_at_us[event] >= as_of_us:
                continue
            while clock + 1 < len(clock_instants) and clock_instants[clock + 1] <= occurred:
                clock += 1  # events come in the order of time
            age = last_day - (occurred + clock_offsets[clock]) // DAY_US
            _add(row, whole, what, types[event], channels[event], amounts[event], age)
        _finish(row, whole, what)
    return found


@compiled
def _add(row: Floats, whole: Floats, asked: Asked, kind: int, channel: int, amount: float, age: int) -> None:
    """Count one event wherever it counts."""
    n_types = len(asked.counts) // len(row)
    for one in range(len(row)):
        place = one * n_types + (kind if kind >= 0 else n_types - 1)
        if asked.counts[place] == 0 or age >= asked.days[one]:
            continue
        whole[one] += 1
        if asked.what[one] == _SUM:
            row[one] += amount
        elif asked.what[one] == _SINCE:
            row[one] = age
        elif asked.what[one] == _COUNT or channel == asked.channel[one]:
            row[one] += 1


@compiled
def _finish(row: Floats, whole: Floats, asked: Asked) -> None:
    """What is counted in the units in which it is told."""
    for one in range(len(row)):
        if asked.what[one] == _SUM:
            row[one] /= MONEY_SCALE
        elif asked.what[one] == _SHARE:
            row[one] = row[one] / whole[one] if whole[one] > 0 else math.nan
        elif asked.what[one] == _SINCE and whole[one] == 0:
            row[one] = math.nan
