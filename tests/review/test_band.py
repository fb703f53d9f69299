"""The review band: as many suggestions as can be decided, the likeliest first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.band import NOTHING, review_from

NEVER = np.inf


def load(P: np.ndarray, threshold: np.ndarray, floor: np.ndarray, days: np.ndarray, least: float) -> float:
    """Reviews a day that the band asks for."""
    comes_up = (floor <= P) & (threshold > P) & (least <= P)
    return float((comes_up / days).sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 5), st.floats(0, 20))
def test_load_is_never_more_than_asked_for_and_the_next_suggestion_would_be(
    seed: int, n: int, n_tags: int, reviews_per_day: float
) -> None:
    dice = np.random.default_rng(seed)
    P = dice.integers(0, 12, (n, n_tags)) / 12
    threshold = dice.choice([0.5, 0.75, NEVER], n_tags)
    floor, days = dice.choice([0.0, 0.3], n_tags), dice.choice([7.0, 30.0], n_tags)
    least = review_from(P, threshold, floor, days, reviews_per_day=reviews_per_day)
    assert load(P, threshold, floor, days, least) <= reviews_per_day * (1 + 1e-6)
    lower = P[(floor <= P) & (threshold > P) & (least > P)]
    if lower.size:
        assert load(P, threshold, floor, days, lower.max()) > reviews_per_day


def test_what_is_applied_takes_no_reviews() -> None:
    P = np.array([[0.95, 0.9], [0.6, 0.55]])
    arguments = (np.array([0.8, NEVER]), np.array([0.1, 0.1]), np.array([1.0, 1.0]))
    assert review_from(P, *arguments, reviews_per_day=1) == pytest.approx(0.9)
    assert review_from(P, *arguments, reviews_per_day=2) == pytest.approx(0.6)


def test_everything_goes_to_a_person_where_there_is_time_for_it_and_nothing_without_any() -> None:
    P = np.array([[0.9], [0.4]])
    arguments = (np.array([NEVER]), np.array([0.1]), np.array([30.0]))
    assert review_from(P, *arguments, reviews_per_day=100) == 0.0
    assert review_from(P, *arguments, reviews_per_day=0) == NOTHING


def test_without_active_customers_nothing_is_held_back() -> None:
    nobody = np.zeros((0, 2))
    assert review_from(nobody, np.ones(2), np.zeros(2), np.ones(2), reviews_per_day=5) == 0.0
