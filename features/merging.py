"""Two histories of the same customers as one: what is stored, and live events that came since."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.compiled import compiled, entry
from features.histories import EVENT_COLUMNS, Codes, Histories, Ints, Mask

FEW_EVENTS = 32
"""So many new events of a customer are looked up one by one; for more of them keys are sorted."""

_CODED = frozenset({"type", "channel"})


def merge(old: Histories, new: Histories) -> Histories:
    """The events of both, each once (by event key), in history order; customers and their facts are those of `old`.

    Both have the same customers, in the same order. Where both know an event, it is as `old` has it.
    """
    if not len(new.event_key):
        return old
    rows, offsets = _places(
        old.offsets, old.occurred_at_us, old.event_key, new.offsets, new.occurred_at_us, new.event_key
    )
    type_names, types = _among(old.type_names, new.type_names, new.type)
    channel_names, channels = _among(old.channel_names, new.channel_names, new.channel)
    columns = {name: (getattr(old, name), getattr(new, name)) for name in EVENT_COLUMNS if name not in _CODED}
    columns |= {"type": (old.type, types), "channel": (old.channel, channels)}
    return replace(
        old,
        offsets=offsets,
        type_names=type_names,
        channel_names=channel_names,
        **{name: np.concatenate(both)[rows] for name, both in columns.items()},
    )


def _among(known: Sequence[str], names: Sequence[str], codes: Codes) -> tuple[Sequence[str], Codes]:
    """The known names with those that are not among them behind, and what the codes of `names` become."""
    if list(names) == list(known):
        return known, codes
    common = list(dict.fromkeys((*known, *names)))
    table = np.array([*map(common.index, names), -1], dtype=np.int32)
    return common, table[codes]


@entry
def _places(
    old_offsets: Ints, old_at: Ints, old_key: Ints, new_offsets: Ints, new_at: Ints, new_key: Ints
) -> tuple[Ints, Ints]:
    """Which rows of both, one after the other, make the whole; and where each customer's begin in it.

    Shapes (n_events,) and (n_customers + 1,).
    """
    n_old = len(old_at)
    rows, offsets = np.empty(n_old + len(new_at), dtype=np.int64), np.zeros_like(old_offsets)
    count = 0
    for customer in range(len(old_offsets) - 1):
        at, end = old_offsets[customer], old_offsets[customer + 1]
        first, last = new_offsets[customer], new_offsets[customer + 1]
        is_fresh = fresh(old_key[at:end], new_key[first:last])
        for place in range(first, last):
            if not is_fresh[place - first]:
                continue
            while at < end and (
                old_at[at] < new_at[place] or (old_at[at] == new_at[place] and old_key[at] < new_key[place])
            ):
                rows[count] = at
                at, count = at + 1, count + 1
            rows[count] = n_old + place
            count += 1
        for left in range(at, end):
            rows[count] = left
            count += 1
        offsets[customer + 1] = count
    return rows[:count].copy(), offsets


@compiled
def fresh(old: Ints, new: Ints) -> Mask:
    """Which of the new keys are not among the old ones, each once: shape (n_new,)."""
    n_old = len(old)
    is_fresh = np.ones(len(new), dtype=np.bool_)
    if len(new) <= FEW_EVENTS:
        for place in range(len(new)):
            for other in range(n_old):
                is_fresh[place] &= old[other] != new[place]
            for other in range(place):
                is_fresh[place] &= new[other] != new[place]
        return is_fresh
    keys = np.concatenate((old, new))
    order = np.argsort(keys, kind="mergesort")  # of equal keys the first comes first
    for place in range(1, len(order)):
        if keys[order[place]] == keys[order[place - 1]] and order[place] >= n_old:
            is_fresh[order[place] - n_old] = False
    return is_fresh
