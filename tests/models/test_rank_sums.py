"""The compiled sums are those of plain loops over every pair of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rank_sums import pair_sums, precision_sums

# Few distinct scores, so that ties are common; a weight of 0 is a row that was not drawn.
ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30
)


def columns(rows: list[tuple[bool, int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, score, *weights = np.array(rows, dtype=np.float64).T
    return y, score, np.array(weights).T


@given(ROWS)
def test_precision_is_summed_over_positives_at_their_scores(rows: list[tuple[bool, int, int, int]]) -> None:
    y, score, weights = columns(rows)
    sums, positives = precision_sums(y, score, weights)
    for place, weight in enumerate(weights.T):
        expected = 0.0
        for row in np.flatnonzero((y > 0) & (weight > 0)):
            above = score >= score[row]
            expected += weight[row] * (weight * y)[above].sum() / weight[above].sum()
        assert sums[place] == pytest.approx(expected)
        assert positives[place] == (weight * y).sum()


@given(ROWS)
def test_a_positive_beats_the_negatives_below_it_and_half_of_those_beside_it(
    rows: list[tuple[bool, int, int, int]],
) -> None:
    y, score, weights = columns(rows)
    beaten, pairs = pair_sums(y, score, weights)
    for place, weight in enumerate(weights.T):
        positive, negative = weight * y, weight * (1 - y)
        wins = np.sign(score[:, None] - score[None, :]) / 2 + 0.5
        assert beaten[place] == pytest.approx(positive @ wins @ negative)
        assert pairs[place] == positive.sum() * negative.sum()


def test_no_rows_sum_to_nothing() -> None:
    sums, positives = precision_sums(np.zeros(0), np.zeros(0), np.zeros((0, 3)))
    np.testing.assert_array_equal([sums, positives], np.zeros((2, 3)))
