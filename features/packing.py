"""One customer's history as one compact value for the operational store."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa

from features.assemble import facts_of
from features.histories import EVENT_COLUMNS, Facts, Histories, Ints, Mask

FEW_EVENTS = 8
BARE, RATED = b"TLH2", b"TLH3"  # no event has a rating; some have
_CODEC = pa.Codec("lz4_raw")
_HEAD = struct.Struct("<4sIII")  # magic, events, length of the names, length of the arrays before compression
_TYPES = {
    name: np.dtype("<i4")
    if name in {"type", "channel"}
    else np.dtype("<f8" if name in {"amount", "discount", "rating"} else "<i8")
    for name in EVENT_COLUMNS
}
_LAYOUTS = {BARE: {name: kind for name, kind in _TYPES.items() if name != "rating"}, RATED: _TYPES}


def pack(histories: Histories, place: int) -> bytes:
    """One customer's events (facts are kept elsewhere): about 35 bytes an event."""
    rows = slice(int(histories.offsets[place]), int(histories.offsets[place + 1]))
    layout = BARE if np.isnan(histories.rating[rows]).all() else RATED
    arrays = b"".join(
        getattr(histories, name)[rows].astype(kind).tobytes() for name, kind in _LAYOUTS[layout].items()
    )
    names = json.dumps([list(histories.type_names), list(histories.channel_names)]).encode()
    head = _HEAD.pack(layout, rows.stop - rows.start, len(names), len(arrays))
    return head + names + _CODEC.compress(arrays, asbytes=True)


@dataclass(frozen=True)
class Opened:
    """A packed history taken apart: its format, how many events it has, its names, and its columns side by side."""

    layout: bytes
    n_events: int
    names: bytes
    arrays: bytes


def unpack(customer_id: str, packed: bytes) -> Histories:
    """The history that `pack` made.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    opened = open_packed(customer_id, packed)
    n_events = opened.n_events
    type_names, channel_names = read_names(opened.names)
    columns, place = {}, 0
    for name, kind in _LAYOUTS[opened.layout].items():
        columns[name] = np.frombuffer(opened.arrays, dtype=kind, count=n_events, offset=place)
        place += n_events * kind.itemsize
    columns.setdefault("rating", np.full(n_events, np.nan))
    return Histories(
        customer_ids=[customer_id],
        offsets=np.array([0, n_events], dtype=np.int64),
        type_names=type_names,
        channel_names=channel_names,
        facts=Facts.none(),
        **columns,
    )


def unpack_keys(customer_id: str, packed: bytes) -> Ints:
    """The event keys of a history alone, which costs a third of `unpack`.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    opened = open_packed(customer_id, packed)
    layout = _LAYOUTS[opened.layout]
    before = list(layout)[: list(layout).index("event_key")]
    begin = opened.n_events * sum(layout[name].itemsize for name in before)
    return np.frombuffer(opened.arrays, dtype=layout["event_key"], count=opened.n_events, offset=begin)


def open_packed(customer_id: str, packed: bytes) -> Opened:
    """The value taken apart.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    layout = packed[:4]
    if layout not in _LAYOUTS or len(packed) < _HEAD.size:
        raise ValueError(f"packed history of customer {customer_id!r} has an unknown format {layout!r}")
    _, n_events, names_length, length = _HEAD.unpack_from(packed)
    body = _HEAD.size + names_length
    arrays = _CODEC.decompress(memoryview(packed)[body:], decompressed_size=length, asbytes=True)
    return Opened(layout, n_events, packed[_HEAD.size : body], arrays)


@lru_cache(maxsize=512)  # most customers of a shop have the same ones
def read_names(told: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of types and of channels."""
    type_names, channel_names = json.loads(told)
    return tuple(type_names), tuple(channel_names)


def merge(old: Histories, new: Histories) -> Histories:
    """One customer's two histories as one, each event once (by event key), in history order."""
    fresh = _not_among(new.event_key, old.event_key)
    if not fresh.any():
        return old
    if not fresh.all():
        new = new.take(fresh, np.array([0, int(fresh.sum())]))
    joined = join([old, new])
    whole = np.array([0, len(joined.event_key)])
    if not len(old.event_key) or old.occurred_at_us[-1] < new.occurred_at_us[0]:  # as live events mostly are
        return replace(joined, customer_ids=old.customer_ids, offsets=whole)
    order = np.lexsort((joined.event_key, joined.occurred_at_us))
    return replace(joined.take(order, whole), customer_ids=old.customer_ids)


def _not_among(new: Ints, old: Ints) -> Mask:
    """Which of the keys are not among the old ones, each once: shape (n_new,)."""
    if len(new) <= FEW_EVENTS:  # numpy's own way begins with twenty times the work
        keys = new.tolist()
        return np.array(
            [key not in keys[:at] and not (old == key).any() for at, key in enumerate(keys)], dtype=bool
        )
    mask = np.zeros(len(new), dtype=bool)
    mask[np.unique(new, return_index=True)[1]] = True
    return mask & ~np.isin(new, old)


def join(
    parts: Sequence[Histories], facts: Mapping[str, Sequence[tuple[int, float, int]]] | None = None
) -> Histories:
    """Histories of different customers side by side, with their encoded facts."""
    if len(parts) == 1:
        return replace(parts[0], facts=facts_of(parts[0].customer_ids, facts)) if facts else parts[0]
    type_names, types = _recode([(part.type_names, part.type) for part in parts])
    channel_names, channels = _recode([(part.channel_names, part.channel) for part in parts])
    customer_ids = [name for part in parts for name in part.customer_ids]
    sizes = (
        np.concatenate([np.diff(part.offsets) for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    )
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in EVENT_COLUMNS
        if name not in {"type", "channel"}
    }
    return Histories(
        customer_ids=customer_ids,
        offsets=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        type=types,
        channel=channels,
        type_names=type_names,
        channel_names=channel_names,
        facts=facts_of(customer_ids, facts or {}),
        **columns,
    )


def _recode(parts: list[tuple[Sequence[str], np.ndarray]]) -> tuple[list[str], np.ndarray]:
    """Codes over one common list of names."""
    first = parts[0][0]
    if all(list(names) == list(first) for names, _ in parts):
        return list(first), np.concatenate([codes for _, codes in parts])
    common = sorted({name for names, _ in parts for name in names})
    number = {name: place for place, name in enumerate(common)}
    tables = [np.array([*(number[name] for name in names), -1], dtype=np.int32) for names, _ in parts]
    return common, np.concatenate([table[codes] for table, (_, codes) in zip(tables, parts, strict=True)])
