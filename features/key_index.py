"""Finds keys among sorted distinct ones, faster than a binary search because stable keys are spread evenly."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

_BITS = 64
_MOST_STEPS = 16


class KeyIndex:
    """Where 64-bit keys stand among sorted ones.

    A table says for each value of the keys' leading bits where the keys with those bits begin. It has two to four
    entries a key, so from there a key is a step or two away, and it is small, as most of the time goes into waiting
    for memory. The steps of all keys are taken together until none has another to take. Keys that are no hashes may
    crowd: then a binary search does it.
    """

    def __init__(self, keys: Ints) -> None:
        self._keys = keys
        self._padded = np.append(keys, np.iinfo(np.int64).max)
        bits = len(keys).bit_length() + 1
        self.shift = _BITS - bits
        leading = np.arange(-(1 << (bits - 1)), 1 << (bits - 1), dtype=np.int64)
        begins = keys.searchsorted(leading << self.shift).astype(np.int32)
        self._steps = int(np.diff(begins, append=len(keys)).max())
        self.begins: Places = np.roll(begins, len(leading) // 2)  # a negative number counts from the end

    def places(self, wanted: Ints) -> Ints:
        """The place of the first key that is not less than the wanted one; the number of keys where all are less."""
        if self._steps > _MOST_STEPS:
            return np.asarray(self._keys.searchsorted(wanted))
        place: Ints = self.begins[wanted >> self.shift].astype(np.int64)
        for _ in range(self._steps):
            less = self._padded[place] < wanted
            if not less.any():
                break
            place += less
        return place
