"""One customer's events that were known before the cutoff."""

import math

import numpy as np

from core.compiled import compiled
from features.calendar import DAY_US
from features.histories import Floats
from features.roles import N_ROLES
from features.view.inputs import Codes, Columns, catalogue_number
from features.view.records import EVENT, Records
from features.view.windows import N_WINDOWS, window_of


@compiled
def known_events(
    columns: Columns, begin: int, end: int, as_of_us: int, last_day: int, codes: Codes
) -> Records:
    """Of the rows from `begin` to `end` those that had occurred and been received strictly before the instant.

    Shape (n_events,), in history order.
    """
    events = np.empty(end - begin, dtype=EVENT)
    known, clock = 0, 0
    for row in range(begin, end):
        occurred = columns.occurred_at_us[row]
        if occurred >= as_of_us or columns.received_at_us[row] >= as_of_us:
            continue
        while clock + 1 < len(codes.clock_changes) and codes.clock_changes[clock + 1] <= occurred:
            clock += 1  # events come in the order of time
        event, role = events[known], codes.role_of_type[columns.type[row]]
        event["row"], event["role"] = row, role
        event["local_us"] = occurred + codes.clock_offsets[clock]
        event["age"] = last_day - event["local_us"] // DAY_US
        event["window"] = window_of(event["age"])
        event["rating"] = columns.rating[row]
        asked = codes.needs_item[role] or (codes.rates_item[role] and not math.isnan(event["rating"]))
        event["code"] = catalogue_number(columns.item_key[row], codes) if asked else -1
        known += 1
    return events[:known]


@compiled
def counts_of_roles(events: Records) -> Floats:
    """How many events of each role each window and all time hold: shape (N_ROLES, N_WINDOWS)."""
    counts = np.zeros((N_ROLES, N_WINDOWS))
    for event in events:
        for window in range(event["window"], N_WINDOWS):
            counts[event["role"], window] += 1
    return counts


@compiled
def last_of_roles(events: Records) -> Floats:
    """Days since the last event of each role, NaN where there is none: shape (N_ROLES,)."""
    last = np.full(N_ROLES, np.nan)
    for event in events:
        last[event["role"]] = event["age"]
    return last
