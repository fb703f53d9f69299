"""Differences of means with households as units."""

import numpy as np
import pandas as pd
import pytest

from monitoring.statistics.contrast import Contrast, Units, contrast


def test_households_apart_vary_as_two_samples_do() -> None:
    dice = np.random.default_rng(0)
    before, now = dice.normal(size=(400, 1)), dice.normal(size=(500, 1))
    found = contrast(before, now, Units.of(pd.RangeIndex(400), pd.RangeIndex(1000, 1500)))
    expected = np.sqrt(before.var(ddof=1) / 400 + now.var(ddof=1) / 500)
    assert found.error[0] == pytest.approx(expected, rel=0.005)


def test_households_that_come_again_vary_by_what_changed_alone() -> None:
    dice = np.random.default_rng(1)
    before = dice.normal(size=(400, 1))
    now = before + dice.normal(scale=0.1, size=before.shape)
    same = pd.RangeIndex(400)
    paired = contrast(before, now, Units.of(same, same))
    assert paired.error[0] == pytest.approx((now - before).std(ddof=1) / 20, rel=0.01)
    apart = contrast(before, now, Units.of(same, pd.RangeIndex(1000, 1400)))
    assert apart.error[0] > 8 * paired.error[0]


@pytest.mark.parametrize("shared", [0, 150, 300])
def test_p_values_are_even_where_nothing_changed_whatever_part_of_the_households_comes_again(
    shared: int,
) -> None:
    """Of 2,000 pairs of samples, as many p-values lie below a level as the level says."""
    dice = np.random.default_rng(shared)
    names = pd.RangeIndex(300), pd.RangeIndex(300 - shared, 600 - shared)
    p_values = []
    for _ in range(2000):
        lasting = dice.normal(size=(600, 1))
        before, now = (lasting[name] + 0.5 * dice.normal(size=(300, 1)) for name in names)
        p_values.append(contrast(before, now, Units.of(*names)).p_values()[0])
    for level in (0.01, 0.05, 0.2):
        allowed = 3.3 * np.sqrt(level * (1 - level) / 2000)
        assert np.mean(np.array(p_values) <= level) == pytest.approx(level, abs=allowed)


def test_a_shift_within_the_usual_is_no_news_and_one_beyond_counts_for_what_exceeds_it() -> None:
    found = Contrast(np.array([0.1, -0.1, 0.5]), np.array([0.01, 0.01, 0.01]), 500)
    assert found.p_values(np.array([0.1, 0.2, 0.47])).round(3).tolist() == [1.0, 1.0, 0.003]


def test_a_change_without_any_variation_is_certain_and_no_change_is_none() -> None:
    same = pd.RangeIndex(100)
    before = np.column_stack([np.zeros(100), np.zeros(100)])
    now = np.column_stack([np.ones(100), np.zeros(100)])
    assert contrast(before, now, Units.of(same, same)).p_values().tolist() == [0.0, 1.0]
