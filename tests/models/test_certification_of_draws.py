"""Certified from a random draw with known chances: the promise holds as often as stated, whatever the chances."""

from typing import Any

import numpy as np
import pytest

from models.certification import certify
from models.precision_bound import Ranked

Array = np.ndarray[Any, np.dtype[Any]]

WORLDS = 300


def test_equal_chances_are_as_no_chances() -> None:
    dice = np.random.default_rng(0)
    probability = dice.random(400)
    truth = (dice.random(400) < probability).astype(float)
    customers = np.arange(400)
    plain = certify(probability, truth, customers)
    drawn = certify(probability, truth, customers, weight=np.full(400, 8.0))
    assert drawn.threshold == plain.threshold
    assert drawn.precision_low == pytest.approx(plain.precision_low)
    assert drawn.coverage == pytest.approx(plain.coverage)


def test_rows_that_stand_for_many_count_for_many() -> None:
    truth = np.array([1.0] * 45 + [0.0] * 5)
    weight = np.array([1.0] * 45 + [20.0] * 5)
    sample = Ranked.of(np.full(50, 0.9), truth, np.arange(50), weight)
    assert sample.precision(50) == pytest.approx(45 / 145)
    assert sample.effective(50) < 15
    plain = certify(np.full(50, 0.9), truth, np.arange(50)).precision_low
    low = certify(np.full(50, 0.9), truth, np.arange(50), weight=weight).precision_low
    assert plain is not None
    assert low is not None
    assert low < 0.31
    assert plain > 0.75


def test_rows_of_one_customer_are_worth_one_customer() -> None:
    customers = np.repeat(np.arange(10), 10)
    sample = Ranked.of(np.full(100, 0.9), np.ones(100), customers, np.full(100, 3.0))
    assert sample.effective(100) == pytest.approx(10.0)


def world(seed: int, n: int) -> tuple[Array, Array, Array]:
    """Customers, what a calibrated model says of them, and the chance of being drawn, which follows what it says."""
    dice = np.random.default_rng(seed)
    said = dice.beta(1.2, 1.2, n)
    chance = np.where(said > 0.8, 0.5, np.where(said > 0.4, 0.1, 0.03)) * dice.choice([0.3, 1.0], n)
    return said, (dice.random(n) < said - 0.08).astype(float), chance


def test_a_promise_from_a_draw_is_broken_no_more_often_than_stated() -> None:
    broken = certified = 0
    for seed in range(WORLDS):
        said, truth, chance = world(seed, 6_000)
        drawn = np.random.default_rng(10_000 + seed).random(len(said)) < chance
        found = certify(
            said[drawn], truth[drawn], np.flatnonzero(drawn), drift=0.0, weight=1.0 / chance[drawn]
        )
        if found.threshold is not None:
            certified += 1
            broken += bool(truth[said >= found.threshold].mean() < found.target)
    assert certified > WORLDS / 2
    assert broken <= 0.1 * WORLDS + 3 * np.sqrt(0.1 * 0.9 * WORLDS)
