"""Packed histories: nothing lost, in history order."""

import json
import struct
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from features.histories import EVENT_COLUMNS, Histories
from features.packing import pack, unpack_keys
from features.records import to_histories
from features.unpacking import unpack_all
from tests.features.stored import unpack
from tests.features.test_outcomes import CUTOFF
from tests.features.worlds import World, purchase, worlds


def assert_same(left: Histories, right: Histories) -> None:
    assert list(left.customer_ids) == list(right.customer_ids)
    assert left.offsets.tolist() == right.offsets.tolist()
    for name in EVENT_COLUMNS:
        if name not in {"type", "channel"}:
            np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
    assert named(left) == named(right)


def named(histories: Histories) -> list[tuple[str, str]]:
    """Type and channel of each event as words: the codes depend on which names there are."""
    types, channels = [*histories.type_names, ""], [*histories.channel_names, ""]
    return [(types[t], channels[c]) for t, c in zip(histories.type, histories.channel, strict=True)]


@settings(max_examples=50)
@given(worlds())
def test_unpack_gives_back_what_was_packed(world: World) -> None:
    for place, (name, events) in enumerate(world.events_of.items()):
        assert_same(unpack(name, pack(world.histories, place)), to_histories({name: events}))


@settings(max_examples=50)
@given(worlds())
def test_keys_alone_are_those_of_the_whole_history(world: World) -> None:
    for place, name in enumerate(world.events_of):
        packed = pack(world.histories, place)
        np.testing.assert_array_equal(unpack_keys(name, packed), unpack(name, packed).event_key)


@pytest.mark.parametrize("packed", [b"", b"TLH", b"XXXX" + bytes(40)])
def test_what_was_not_packed_here_is_refused_by_name(packed: bytes) -> None:
    with pytest.raises(ValueError, match="customer 'ann'"):
        unpack("ann", packed)


def test_packing_a_history_needs_few_bytes_an_event() -> None:
    events = [purchase(CUTOFF + timedelta(minutes=n), f"event {n}", order_id=f"{n // 8}") for n in range(800)]
    assert len(pack(to_histories({"ann": events}), 0)) < 40 * len(events)


@settings(max_examples=25)
@given(worlds(customers=1))
def test_history_that_was_packed_before_there_were_ratings_is_read(world: World) -> None:
    bare = replace(world.histories, rating=np.full(len(world.histories.rating), np.nan))
    assert_same(unpack("customer 0", packed_before_ratings(bare)), bare)


def packed_before_ratings(histories: Histories) -> bytes:
    """What the first released version wrote."""
    columns = [name for name in EVENT_COLUMNS if name != "rating"]
    arrays = b"".join(getattr(histories, name).tobytes() for name in columns)
    names = json.dumps([list(histories.type_names), list(histories.channel_names)]).encode()
    head = struct.pack("<4sIII", b"TLH2", len(histories.type), len(names), len(arrays))
    return head + names + pa.Codec("lz4_raw").compress(arrays, asbytes=True)


def test_every_column_of_a_history_is_packed() -> None:
    told_apart = {"customer_ids", "offsets", "type_names", "channel_names", "facts"}
    assert set(EVENT_COLUMNS) == {field.name for field in fields(Histories)} - told_apart


@settings(max_examples=50)
@given(worlds())
def test_unpacking_many_is_unpacking_each(world: World) -> None:
    """Customers differ in their types and channels, in whether anything is rated, and some have no events."""
    packed = [pack(world.histories, place) for place in range(len(world.events_of))]
    own = [pack(to_histories({name: events}), 0) for name, events in world.events_of.items()]
    for values in (packed, own):
        assert_same(unpack_all(list(world.events_of), values), world.histories)


def test_who_has_nothing_packed_has_no_events() -> None:
    bo = [purchase(CUTOFF, "one")]
    found = unpack_all(["ann", "bo"], [None, pack(to_histories({"bo": bo}), 0)])
    assert_same(found, to_histories({"ann": [], "bo": bo}))


def test_what_was_not_packed_here_is_refused_among_many() -> None:
    good = pack(to_histories({"bo": [purchase(CUTOFF, "one")]}), 0)
    with pytest.raises(ValueError, match="customer 'ann'"):
        unpack_all(["bo", "ann"], [good, b"XXXX" + bytes(40)])
