import numpy as np
import pytest
from sklearn.cluster import KMeans

from models.arrays import Floats
from models.segment_count import Limits, UnstableSegmentsError, choose_count
from models.segment_stability import REPLICATES, stability

LIMITS = Limits(min_share=0.05, min_stability=0.8)


def groups(n_groups: int, *, apart: float) -> Floats:
    rng = np.random.default_rng(5)
    corners = apart * np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 2.2]])[:n_groups]
    values: Floats = np.repeat(corners, 60, axis=0) + rng.normal(size=(60 * n_groups, 2))
    return values


def blob(n: int = 600) -> Floats:
    return np.random.default_rng(1).normal(size=(n, 5))


def labels(Z: Floats, n_segments: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.asarray(KMeans(n_segments, n_init=10, random_state=0).fit(Z).labels_)


def test_groups_far_apart_are_found_again_each_time() -> None:
    Z = groups(4, apart=12.0)
    found = stability(Z, labels(Z, 4))
    assert found.ari.shape == (REPLICATES,)
    assert found.ari.min() > 0.98
    assert found.found_again.min() > 0.98


def test_parts_of_one_round_cloud_are_not_found_again() -> None:
    Z = blob()
    assert stability(Z, labels(Z, 4)).ari.mean() < 0.6


def test_the_segment_that_is_no_group_is_told_by_name() -> None:
    """Two groups apart from each other and from a round cloud that is cut in two."""
    rng = np.random.default_rng(2)
    parts = [rng.normal(size=(200, 4)) + np.array([place * 30.0, 0, 0, 0]) for place in (1, 2)]
    Z = np.concatenate([*parts, rng.normal(size=(400, 4))])
    expected = np.repeat([0, 1, 2], [200, 200, 400]).astype(np.int32)
    expected[400:] += (Z[400:, 3] > 0).astype(np.int32)
    found = stability(Z, expected)
    assert found.found_again[:2].min() > 0.95
    assert found.found_again[2:].max() < 0.9


def test_the_same_seed_gives_the_same_figures() -> None:
    Z = groups(3, apart=3.0)
    first, second = (stability(Z, labels(Z, 3), seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.ari, second.ari)
    np.testing.assert_array_equal(first.found_again, second.found_again)


@pytest.mark.filterwarnings("error")
def test_three_customers_can_be_judged() -> None:
    found = stability(np.array([[0.0], [5.0], [9.0]]), np.array([0, 1, 1], dtype=np.int32))
    assert np.isfinite(found.ari).all()


def test_a_number_that_is_not_stable_is_not_chosen() -> None:
    chosen, candidates = choose_count(groups(4, apart=9.0), range(4, 8), LIMITS, seed=0)
    assert chosen.candidate.n_segments == 4
    assert {one.n_segments for one in candidates if one.stability < 0.8}
    assert all(one.fits == (one.stability >= 0.8) for one in candidates if one.least_share >= 0.05)


def test_fewer_segments_than_wanted_are_taken_before_none() -> None:
    Z = blob()
    Z[::2, 0] += 12.0
    chosen, candidates = choose_count(Z, range(4, 6), LIMITS, seed=0)
    assert chosen.candidate.n_segments == 2
    assert [one.n_segments for one in candidates] == [2, 3, 4, 5]


def test_where_no_number_is_stable_there_are_no_segments() -> None:
    with pytest.raises(UnstableSegmentsError, match="No number of segments is stable: 2, 3, 4, 5") as caught:
        choose_count(blob(), range(4, 6), LIMITS, seed=0)
    assert not any(one.fits for one in caught.value.candidates)


def test_a_stable_segment_of_hardly_anybody_does_not_fit() -> None:
    """Three odd customers far away are found each time, and are no segment."""
    Z = np.concatenate([blob(300), np.full((3, 5), 90.0)])
    with pytest.raises(UnstableSegmentsError, match="at least 5% of the customers"):
        choose_count(Z, range(2, 3), LIMITS, seed=0)
