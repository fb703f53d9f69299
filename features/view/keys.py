"""Distinct keys numbered as they appear."""

import numpy as np

from core.compiled import compiled
from core.ids import MISSING_KEY
from features.histories import Ints

ALONE, NOWHERE = 1, 0  # where missing keys belong


@compiled
def number_keys(keys: Ints, number: Ints, missing: int) -> int:
    """Write the number of each key, and give how many numbers there are.

    Equal keys have the same number, and numbers count up from 0 in the order of the keys. A missing key is
    ALONE, with a number of its own, or NOWHERE, with -1.

    The keys are hashes, so their last bits choose a slot of a table of twice as many, and a taken slot the next.

    >>> number = np.zeros(5, dtype=np.int64)
    >>> number_keys(np.array([7, 0, 7, 9, 0]), number, NOWHERE), number
    (2, array([ 0, -1,  0,  1, -1]))
    """
    size = 2
    while size < 2 * len(keys):
        size *= 2
    table = np.full(size, -1, dtype=np.int64)  # of each slot the place of its key
    count = 0
    for place in range(len(keys)):
        key = keys[place]
        if key == MISSING_KEY:
            number[place] = count if missing else -1
            count += missing
            continue
        slot = key & (size - 1)
        while table[slot] >= 0 and keys[table[slot]] != key:
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = place
            number[place] = count
            count += 1
        else:
            number[place] = number[table[slot]]
    return count
