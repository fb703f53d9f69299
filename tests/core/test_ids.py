"""Ids that are the same on every machine, in every version: stored data rests on them."""

from hypothesis import given
from hypothesis import strategies as st

from core.ids import MISSING_KEY, bucket_of, content_id, new_id, stable_key, stable_keys


def test_keys_are_those_of_earlier_versions() -> None:
    """Lakes and histories hold these numbers; another hash would orphan them."""
    assert stable_key("household-1") == KNOWN_KEY
    assert stable_key("会员 7") == KNOWN_CHINESE_KEY
    assert content_id("shop", "row 1") == KNOWN_ID


KNOWN_KEY = 1864187176664739303
KNOWN_CHINESE_KEY = 1416391927939544267
KNOWN_ID = "098389f28416dc48b1fbe8ed"


def test_missing_text_has_the_missing_key() -> None:
    assert (stable_key(None), stable_key("")) == (MISSING_KEY, MISSING_KEY)


@given(st.lists(st.text(min_size=1)))
def test_many_keys_are_the_single_ones_side_by_side(texts: list[str]) -> None:
    expected = b"".join(stable_key(text).to_bytes(8, "little", signed=True) for text in texts)
    assert stable_keys(texts) == expected


@given(st.text(), st.integers(1, 64))
def test_bucket_is_one_of_those_there_are(customer_id: str, buckets: int) -> None:
    assert 0 <= bucket_of(customer_id, buckets) < buckets


def test_content_id_tells_where_one_part_ends_and_the_next_begins() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")


def test_new_ids_are_named_for_their_kind_and_differ() -> None:
    first, second = new_id("dec"), new_id("dec")
    assert first != second
    assert first.startswith("dec_")
