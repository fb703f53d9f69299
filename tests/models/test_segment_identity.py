import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.segment_change import Change, Flow
from models.segment_identity import same_segments, steps, unlike_steps
from models.segment_overlap import jaccard


def changes(shared: list[list[float]], old: list[str], new: list[str]) -> dict[str, Change]:
    return {step.key: step.change for step in steps(np.array(shared), old, new)}


def test_segments_in_another_order_keep_their_keys() -> None:
    shared = np.array([[0.0, 5.0, 95.0], [80.0, 0.0, 0.0], [2.0, 60.0, 0.0]])
    assert same_segments(shared) == {2: 0, 0: 1, 1: 2}


def test_the_pairs_are_the_best_together_and_not_the_best_one_by_one() -> None:
    """The first of the old is most like the first of the new, yet is given the second so that both find a place."""
    shared = np.array([[60.0, 55.0], [50.0, 0.0]])
    alike = jaccard(shared)
    assert alike[0, 0] < alike[0, 1] + alike[1, 0]
    assert set(same_segments(np.array([[60.0, 60.0], [0.0, 60.0]])).items()) == {(0, 0), (1, 1)}


def test_less_than_half_in_common_is_another_segment() -> None:
    assert same_segments(np.array([[49.0, 51.0]])) == {1: 0}
    assert same_segments(np.array([[40.0, 30.0, 30.0]])) == {}


def test_half_in_common_is_still_the_same() -> None:
    """Half of a segment went somewhere else, nobody came."""
    assert same_segments(np.array([[50.0, 50.0]])) in ({0: 0}, {1: 0})


def test_a_segment_that_loses_a_part_keeps_its_key_and_the_part_is_a_split() -> None:
    assert changes([[70, 30], [0, 0]], ["a", "b"], ["a", "c"]) == {
        "a": Change.KEPT,
        "c": Change.SPLIT,
        "b": Change.DISSOLVED,
    }


def test_a_small_segment_that_goes_into_a_large_one_is_absorbed() -> None:
    found = steps(np.array([[90.0], [10.0]]), ["large", "small"], ["large"])
    assert [(one.key, one.change) for one in found] == [("large", Change.KEPT), ("small", Change.ABSORBED)]
    assert found[0].overlap == pytest.approx(0.9)
    assert found[0].flows == (Flow("large", 0.9), Flow("small", 0.1))
    assert found[1].flows == (Flow("large", 1.0),)


def test_two_alike_that_become_one_have_merged() -> None:
    """Three equal thirds in one: none of them is half of it."""
    found = changes([[50], [50], [50]], ["a", "b", "c"], ["d"])
    assert same_segments(np.array([[50.0], [50.0], [50.0]])) == {}
    assert found == {"d": Change.MERGED, "a": Change.ABSORBED, "b": Change.ABSORBED, "c": Change.ABSORBED}


def test_one_that_falls_into_three_is_split_up() -> None:
    found = changes([[40, 30, 30]], ["a"], ["b", "c", "d"])
    assert found == {"b": Change.SPLIT, "c": Change.SPLIT, "d": Change.SPLIT, "a": Change.SPLIT_UP}


def test_customers_from_everywhere_are_a_new_segment() -> None:
    shared = [[80.0, 0.0, 20.0], [0.0, 80.0, 20.0], [0.0, 0.0, 5.0]]
    assert changes(shared, ["a", "b", "e"], ["a", "b", "c"])["c"] is Change.BORN


def test_segments_that_cannot_be_compared_are_all_new() -> None:
    found = unlike_steps(["a"], ["b"])
    assert [(one.key, one.change) for one in found] == [("b", Change.BORN), ("a", Change.INCOMPARABLE)]
    assert found[1].change.is_end


@given(
    st.integers(1, 6).flatmap(
        lambda old: st.integers(1, 6).flatmap(
            lambda new: st.lists(
                st.lists(st.integers(0, 200), min_size=new, max_size=new), min_size=old, max_size=old
            )
        )
    )
)
def test_a_pair_with_more_than_half_in_common_is_always_found(counts: list[list[int]]) -> None:
    """Nothing else could be paired with either of them: so the optimal matching has them, whatever the rest."""
    shared = np.array(counts, dtype=np.float64)
    found = same_segments(shared)
    clear = {(new, old) for old, new in zip(*np.nonzero(jaccard(shared) > 0.5), strict=True)}
    assert clear <= set(found.items())
    assert len(set(found.values())) == len(found)


@given(st.permutations(range(5)))
def test_the_order_of_the_new_segments_changes_nothing(order: list[int]) -> None:
    rng = np.random.default_rng(3)
    shared = rng.integers(0, 9, (5, 5)) + 40.0 * np.eye(5)
    found = same_segments(shared[:, order])
    assert {order[new]: old for new, old in found.items()} == same_segments(shared)
