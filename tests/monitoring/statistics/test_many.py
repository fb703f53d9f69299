"""Many tests at once: few false discoveries, and what matters first."""

import numpy as np
from scipy.stats import false_discovery_control, norm

from monitoring.statistics.many import adjusted, discoveries, overall, weights_of


def test_without_weights_it_is_benjamini_and_hochberg() -> None:
    p = np.random.default_rng(0).random(50) ** 3
    np.testing.assert_allclose(adjusted(p), false_discovery_control(p), rtol=1e-12)


def test_where_nothing_changed_any_discovery_is_as_rare_as_the_level_with_and_without_weights() -> None:
    """4,000 windows of 60 tests that rise and fall together."""
    dice = np.random.default_rng(1)
    z = 0.7 * dice.normal(size=(4000, 1)) + np.sqrt(1 - 0.49) * dice.normal(size=(4000, 60))
    p = 2 * norm.sf(np.abs(z))
    weights = weights_of(np.arange(60.0) ** 2)
    for w in (None, weights):
        alarms = np.mean([overall(adjusted(row, w)) <= 0.05 for row in p])
        assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_an_important_subject_is_found_with_weaker_evidence() -> None:
    p = np.array([0.004, *np.linspace(0.2, 1.0, 39)])
    important, unimportant = (weights_of(np.roll(np.array([1.0] + [0.0] * 39), by)) for by in (0, 1))
    assert discoveries(adjusted(p, important), 0.05)[0]
    assert not discoveries(adjusted(p, unimportant), 0.05)[0]


def test_tests_that_could_not_be_made_neither_count_nor_alarm() -> None:
    p = np.array([np.nan, 0.02, np.nan])
    found = adjusted(p, np.array([5.0, 1.0, 5.0]))
    assert found[1] == 0.02
    assert discoveries(found, 0.05).tolist() == [False, True, False]
    assert overall(np.full(3, np.nan)) == 1.0


def test_weights_keep_their_mean_and_no_importance_at_all_is_even() -> None:
    assert weights_of(np.array([0.5, 0.25, 0.25, 0.0])).mean() == 1.0
    assert weights_of(np.zeros(3)).tolist() == [1.0, 1.0, 1.0]
