import numpy as np
import pytest

from models.arrays import LinearArrays, Preparation, SegmentArrays, Transform, sigmoid


def test_each_transform_does_what_it_says() -> None:
    preparation = Preparation.of(list("abcd"), list(Transform), days=10.0)
    got = preparation.transformed(np.array([[3.0, -3.0, 10.0, 3.0], [-3.0, 3.0, -1.0, 0.0]]))
    expected = [[3.0, -np.log(4.0), np.exp(-1.0), 1.0], [-3.0, np.log(4.0), 1.0, 0.0]]
    np.testing.assert_allclose(got, expected)


def test_missing_values_are_filled_before_clip_and_transform() -> None:
    preparation = Preparation.of(
        ["days", "count"],
        [Transform.DECAY, Transform.LOG1P],
        days=5.0,
        fill=[np.inf, 9.0],
        upper=[np.inf, 4.0],
    )
    np.testing.assert_allclose(preparation.transformed(np.full((1, 2), np.nan)), [[0.0, np.log(5.0)]])


def test_preparing_leaves_the_input_alone() -> None:
    values = np.array([[np.nan, 7.0]])
    Preparation.of(["a", "b"], [Transform.LOG1P] * 2, centre=1.0, scale=2.0).prepared(values)
    np.testing.assert_array_equal(values, [[np.nan, 7.0]])


def test_margin_is_one_matrix_product() -> None:
    arrays = LinearArrays(
        Preparation.of(["a", "b"], centre=[1.0, 0.0], scale=[2.0, 1.0]),
        np.array([[1.0, 0.5], [0.0, -1.0], [2.0, 0.0]]),
        np.array([0.0, 1.0, -1.0]),
    )
    values = np.array([[3.0, 2.0]])
    np.testing.assert_allclose(arrays.margin(values), [[2.0, -1.0, 1.0]])
    np.testing.assert_allclose(arrays.predict(values), sigmoid(np.array([[2.0, -1.0, 1.0]])))


def test_membership_is_inverse_to_squared_distance_and_sums_to_one() -> None:
    segments = SegmentArrays(Preparation.of(["a"]), np.array([[0.0], [3.0]]))
    np.testing.assert_allclose(segments.membership(np.array([[1.0]])), [[0.8, 0.2]])
    rng = np.random.default_rng(0)
    degrees = segments.membership(rng.normal(size=(50, 1)))
    np.testing.assert_allclose(degrees.sum(axis=1), 1.0)


@pytest.mark.parametrize("place", [0, 1])
def test_whoever_sits_on_a_centre_belongs_to_it_alone(place: int) -> None:
    segments = SegmentArrays(Preparation.of(["a"]), np.array([[0.0], [3.0]]))
    degrees = segments.membership(segments.centres[[place]])
    assert degrees[0, place] == pytest.approx(1.0)
    assert segments.predict(segments.centres[[place]]) == [place]


def test_the_highest_degree_is_the_nearest_segment() -> None:
    rng = np.random.default_rng(1)
    segments = SegmentArrays(Preparation.of(["a", "b"]), rng.normal(size=(5, 2)))
    values = rng.normal(size=(200, 2))
    np.testing.assert_array_equal(segments.membership(values).argmax(axis=1), segments.predict(values))
