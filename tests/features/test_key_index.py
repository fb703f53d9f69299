"""The index against the plain binary search."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.ids import stable_key
from features.key_index import KeyIndex

ANY_KEY = st.integers(np.iinfo(np.int64).min, np.iinfo(np.int64).max)


@given(st.sets(ANY_KEY, max_size=60), st.lists(ANY_KEY, max_size=30))
def test_places_are_those_of_a_binary_search(distinct: set[int], others: list[int]) -> None:
    keys = np.array(sorted(distinct), dtype=np.int64)
    wanted = np.array([*others, *distinct], dtype=np.int64)
    assert KeyIndex(keys).places(wanted).tolist() == keys.searchsorted(wanted).tolist()


@given(st.integers(0, 3000), st.lists(ANY_KEY, max_size=30))
def test_places_among_many_hashes_are_those_of_a_binary_search(count: int, others: list[int]) -> None:
    keys = np.array(sorted(stable_key(str(number)) for number in range(count)), dtype=np.int64)
    wanted = np.concatenate([keys, np.array(others, dtype=np.int64)])
    assert KeyIndex(keys).places(wanted).tolist() == keys.searchsorted(wanted).tolist()


def test_crowded_keys_are_found_too() -> None:
    keys = np.arange(1, 500, dtype=np.int64)
    wanted = np.array([-5, 0, 1, 250, 499, 500], dtype=np.int64)
    assert KeyIndex(keys).places(wanted).tolist() == [0, 0, 0, 249, 498, 499]
