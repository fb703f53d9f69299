"""Keys numbered as they appear, whatever slots they fall into."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.ids import MISSING_KEY
from features.view.keys import ALONE, NOWHERE, number_keys

# Few distinct keys, most of which end in the same bits and so fall into one slot.
KEYS = st.lists(st.sampled_from([MISSING_KEY, 1, 2, 1 << 40, 3 << 40, -(1 << 40), -1, 5]), max_size=30)


@given(KEYS)
def test_equal_keys_share_a_number_and_numbers_count_up_as_keys_appear(keys: list[int]) -> None:
    number = np.zeros(len(keys), dtype=np.int64)
    count = number_keys(np.array(keys, dtype=np.int64), number, NOWHERE)
    seen = [key for key in dict.fromkeys(keys) if key != MISSING_KEY]
    assert number.tolist() == [seen.index(key) if key != MISSING_KEY else -1 for key in keys]
    assert count == len(seen)


@given(KEYS)
def test_missing_keys_are_alone_where_they_stand(keys: list[int]) -> None:
    number = np.zeros(len(keys), dtype=np.int64)
    count = number_keys(np.array(keys, dtype=np.int64), number, ALONE)
    named = [(place,) if key == MISSING_KEY else key for place, key in enumerate(keys)]
    seen = list(dict.fromkeys(named))
    assert number.tolist() == [seen.index(name) for name in named]
    assert count == len(seen)
