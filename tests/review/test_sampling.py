"""The audit's draw: known chances, an unbiased estimate, the same draw for whoever repeats it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from review.sampling import audit_probabilities, drawn


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.floats(0, 400))
def test_as_many_are_expected_as_asked_for_or_all_there_are(sizes: list[int], n: float) -> None:
    strata = np.repeat(np.arange(len(sizes)), sizes)
    chances = audit_probabilities(strata, n)
    assert np.isclose(chances.sum(), min(n, len(strata)))
    assert ((chances >= 0) & (chances <= 1)).all()


def test_each_stratum_gives_as_many_and_a_small_one_everything() -> None:
    chances = audit_probabilities(np.repeat([0, 1, 2], [10, 1_000, 5_000]), 90)
    assert chances[0] == 1.0
    assert np.isclose(chances[10:1_010].sum(), 40)
    assert np.isclose(chances[1_010:].sum(), 40)


def test_weighted_by_their_chances_the_drawn_estimate_the_truth_without_bias() -> None:
    dice = np.random.default_rng(5)
    strata = np.repeat([0, 1, 2], [200, 800, 3_000])
    fits = dice.random(4_000) < np.array([0.9, 0.5, 0.1])[strata]
    chances = audit_probabilities(strata, 150)
    names = [f"customer {number}" for number in range(4_000)]
    estimates = []
    for seed in range(400):
        chosen = drawn(names, chances, seed=seed)
        estimates.append((fits[chosen] / chances[chosen]).sum() / 4_000)
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - fits.mean()) < 4 * error


def test_a_draw_is_the_same_again_and_another_seed_draws_others() -> None:
    names, chances = [str(number) for number in range(1_000)], np.full(1_000, 0.3)
    first = drawn(names, chances, seed=1)
    assert (first == drawn(names, chances, seed=1)).all()
    assert (first[:500] == drawn(names[:500], chances[:500], seed=1)).all()
    assert (first != drawn(names, chances, seed=2)).any()


def test_what_is_certain_is_always_drawn_and_what_is_impossible_never() -> None:
    names = [str(number) for number in range(300)]
    assert drawn(names, np.ones(300), seed=0).all()
    assert not drawn(names, np.zeros(300), seed=0).any()
    assert drawn([], np.zeros(0), seed=0).tolist() == []
