"""Many packed histories side by side, without a step of Python for each column of each."""

from collections.abc import Sequence

import numpy as np

from core.compiled import entry
from features.histories import Codes, Facts, Floats, Histories, Ints
from features.packing import BARE, RATED, Opened, open_packed, read_names

_KEYS = ("event_key", "order_key", "item_key", "location_key", "campaign_key")
_INTS = ("occurred_at_us", "received_at_us", *_KEYS)
_FLOATS = ("amount", "discount", "rating")
_NOTHING = Opened(BARE, 0, b"[[], []]", b"")
_BARE_WORDS = 10  # of eight bytes, for an event without a rating: nine numbers, and both codes in one


def unpack_all(customer_ids: Sequence[str], packed: Sequence[bytes | None]) -> Histories:
    """The histories that `pack` made of those customers (at least one), in their order, without facts.

    Of whom nothing is packed there are no events.

    Raises:
        ValueError: A value was not made by this version of `pack`.
    """
    opened = [
        _NOTHING if value is None else open_packed(name, value)
        for name, value in zip(customer_ids, packed, strict=True)
    ]
    sizes = np.array([one.n_events for one in opened], dtype=np.int64)
    numbers = {names: number for number, names in enumerate(dict.fromkeys(one.names for one in opened))}
    types, channels = zip(*map(read_names, numbers), strict=True)
    type_names, type_tables = _common(types)
    channel_names, channel_tables = _common(channels)
    raw = b"".join([one.arrays for one in opened])
    ints, codes, floats = _spread(
        np.frombuffer(raw, dtype=np.int64),
        np.frombuffer(raw, dtype=np.int32),
        np.frombuffer(raw, dtype=np.float64),
        sizes,
        np.array([one.layout == RATED for one in opened], dtype=np.int64),
        np.array([numbers[one.names] for one in opened], dtype=np.int64),
        type_tables,
        channel_tables,
    )
    return Histories(
        customer_ids=list(customer_ids),
        offsets=np.concatenate(([0], sizes.cumsum())),
        type=codes[0],
        channel=codes[1],
        type_names=type_names,
        channel_names=channel_names,
        facts=Facts.none(),
        **dict(zip(_INTS, ints, strict=True)),
        **dict(zip(_FLOATS, floats, strict=True)),
    )


def _common(lists: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], Codes]:
    """All the names, and of each list what its codes become: tables one after the other, -1 for a missing name."""
    # Codes of one list stay what they are; those of several are told again.
    common = lists[0] if len(lists) == 1 else tuple(sorted({name for names in lists for name in names}))
    number = {name: place for place, name in enumerate(common)}
    width = max(map(len, lists)) + 1
    filled = [[*map(number.__getitem__, names), *[-1] * (width - len(names))] for names in lists]
    return common, np.array(filled, dtype=np.int32).ravel()


@entry
def _spread(
    words: Ints,
    halves: Codes,
    floats: Floats,
    sizes: Ints,
    is_rated: Ints,
    names: Ints,
    type_tables: Codes,
    channel_tables: Codes,
) -> tuple[Ints, Codes, Floats]:
    """The columns of `_INTS`, of both codes and of `_FLOATS`: shapes (7, n_events), (2, n_events), (3, n_events).

    Histories come one after the other, and in each its columns, as words, as half words or as floats.
    """
    n_events = sizes.sum()
    ints, codes = np.empty((7, n_events), dtype=np.int64), np.empty((2, n_events), dtype=np.int32)
    reals = np.full((3, n_events), np.nan)
    n_tables = names.max() + 1
    n_types, n_channels = len(type_tables) // n_tables, len(channel_tables) // n_tables
    word, first = 0, 0
    for customer in range(len(sizes)):
        size = sizes[customer]
        type_table = type_tables[names[customer] * n_types : (names[customer] + 1) * n_types]
        channel_table = channel_tables[names[customer] * n_channels : (names[customer] + 1) * n_channels]
        half = 2 * (word + 2 * size)  # both columns of codes stand after two of words
        for event in range(size):
            place = first + event
            ints[0, place], ints[1, place] = words[word + event], words[word + size + event]
            codes[0, place] = type_table[halves[half + event]]
            codes[1, place] = channel_table[halves[half + size + event]]
            for key in range(2, 7):
                ints[key, place] = words[word + (key + 1) * size + event]
            for real in range(2 + is_rated[customer]):
                reals[real, place] = floats[word + (8 + real) * size + event]
        word += (_BARE_WORDS + is_rated[customer]) * size
        first += size
    return ints, codes, reals
