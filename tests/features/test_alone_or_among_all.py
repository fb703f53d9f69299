"""A customer's row is the same bits, whoever else is computed and however the history came together."""

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from features.assemble import facts_of
from features.attributes import encode
from features.contract import Event
from features.histories import Floats
from features.kernel import compute
from features.merging import merge
from features.packing import pack
from features.records import to_histories
from features.unpacking import unpack_all
from tests.features.worlds import World, same_bits, worlds


@settings(max_examples=60)
@given(worlds(), st.randoms(use_true_random=False))
def test_customer_alone_gets_the_same_bits_as_among_all(world: World, dice: random.Random) -> None:
    """Through packing, with any part of the events coming later, twice or out of order."""
    everybody = world.rows
    stored = {name: _stored(name, events, dice) for name, events in world.events_of.items()}
    for place, (name, packed) in enumerate(stored.items()):
        assert same_bits(_rows(world, [name], [packed])[0], everybody[place])
    assert same_bits(_rows(world, list(stored), list(stored.values())), everybody)


def _rows(world: World, names: Sequence[str], packed: Sequence[bytes]) -> Floats:
    facts = facts_of(names, encode(world.facts, world.spec))
    histories = replace(unpack_all(names, packed), facts=facts)
    return compute(histories, world.as_of_us, world.spec, world.catalogue)


def _stored(name: str, events: Sequence[Event], dice: random.Random) -> bytes:
    """The history as it is after a bulk load of some events and two folds of live ones, some sent again."""
    parts: list[list[Event]] = [[], [], []]
    for event in events:
        parts[dice.randrange(3)].append(event)
    parts[2] += parts[0][:2]
    history = to_histories({name: parts[0]})
    for live in parts[1:]:
        history = merge(unpack_all([name], [pack(history, 0)]), to_histories({name: live}))
    return pack(history, 0)


@settings(max_examples=40)
@given(worlds(), st.randoms(use_true_random=False))
def test_order_and_names_of_customers_change_nothing(world: World, dice: random.Random) -> None:
    rows = world.rows
    places = list(range(len(world.events_of)))
    dice.shuffle(places)
    lists = list(world.events_of.values())
    shuffled = to_histories(
        {f"renamed {place}": lists[place] for place in places},
        {
            f"renamed {place}": encode(world.facts_of(f"customer {place}"), world.spec).get(
                f"customer {place}", []
            )
            for place in places
        },
    )
    assert same_bits(compute(shuffled, world.as_of_us, world.spec, world.catalogue), rows[places])
