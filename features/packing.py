"""One customer's history as one compact value for the operational store."""

import json
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from features.histories import EVENT_COLUMNS, Histories, Ints

BARE, RATED = b"TLH2", b"TLH3"  # no event has a rating; some have
_CODEC = pa.Codec("lz4_raw")
_HEAD = struct.Struct("<4sIII")  # magic, events, length of the names, length of the arrays before compression
_TYPES = {
    name: np.dtype("<i4")
    if name in {"type", "channel"}
    else np.dtype("<f8" if name in {"amount", "discount", "rating"} else "<i8")
    for name in EVENT_COLUMNS
}
LAYOUTS = {BARE: {name: kind for name, kind in _TYPES.items() if name != "rating"}, RATED: _TYPES}


def pack(histories: Histories, place: int) -> bytes:
    """One customer's events (facts are kept elsewhere): about 35 bytes an event."""
    rows = slice(int(histories.offsets[place]), int(histories.offsets[place + 1]))
    layout = BARE if np.isnan(histories.rating[rows]).all() else RATED
    arrays = b"".join(
        getattr(histories, name)[rows].astype(kind).tobytes() for name, kind in LAYOUTS[layout].items()
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


def unpack_keys(customer_id: str, packed: bytes) -> Ints:
    """The event keys of a history alone, which cost a third of the whole.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    opened = open_packed(customer_id, packed)
    layout = LAYOUTS[opened.layout]
    before = list(layout)[: list(layout).index("event_key")]
    begin = opened.n_events * sum(layout[name].itemsize for name in before)
    return np.frombuffer(opened.arrays, dtype=layout["event_key"], count=opened.n_events, offset=begin)


def open_packed(customer_id: str, packed: bytes) -> Opened:
    """The value taken apart.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    layout = packed[:4]
    if layout not in LAYOUTS or len(packed) < _HEAD.size:
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
