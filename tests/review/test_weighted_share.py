"""The share and its interval: right in the simplest case, holding its level in hard ones, narrower with a good word."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from review.weighted_share import PREDICTION_POWERED, WEIGHTED, Estimate, weighted_share

Array = np.ndarray[Any, np.dtype[Any]]

DRAWS = 400
LEVEL = 0.9


def test_equal_chances_and_different_customers_give_the_exact_binomial_interval() -> None:
    truth = np.array([1.0] * 32 + [0.0] * 8)
    found = weighted_share(truth, np.full(40, 0.05), np.arange(40), level=LEVEL)
    low, high = beta.ppf(0.05, 32, 9), beta.ppf(0.95, 33, 8)
    assert (found.value, found.n, found.customers) == (0.8, 40, 40)
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_sample_that_always_says_the_same_is_not_sure(answer: float) -> None:
    found = weighted_share(np.full(20, answer), np.full(20, 0.1), np.arange(20))
    assert found.value == answer
    assert found.high - found.low == pytest.approx(1.0 - 0.05 ** (1 / 20), abs=1e-9)


def test_rows_that_say_nothing_leave_everything_open() -> None:
    none = np.zeros(0)
    assert weighted_share(none, none, none).low == 0.0
    assert weighted_share(none, none, none).high == 1.0


def test_rows_of_one_customer_tell_less_than_rows_of_many() -> None:
    truth = np.repeat([1.0, 1.0, 1.0, 0.0] * 5, 5)
    alone = weighted_share(truth, np.full(100, 0.1), np.arange(100))
    together = weighted_share(truth, np.full(100, 0.1), np.repeat(np.arange(20), 5))
    assert together.value == alone.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert together.effective < 25


def test_what_was_drawn_rarely_stands_for_more() -> None:
    truth, chance = np.array([1.0] * 30 + [0.0] * 30), np.array([0.9] * 30 + [0.1] * 30)
    assert weighted_share(truth, chance, np.arange(60)).value == pytest.approx(0.1)


class Population:
    """Suggestions of customers who come several times and are alike, drawn with chances that differ by day."""

    def __init__(self, share: float, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        n = 3_000
        self.customer = self.dice.integers(0, n // 3, n)
        self.word = self.dice.beta(3 * share, 3 * (1 - share), n)
        taste = self.dice.normal(0.0, 0.5, n)[self.customer]
        odds = np.log(self.word.clip(0.01, 0.99) / (1 - self.word.clip(0.01, 0.99))) + taste
        self.truth = (self.dice.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
        self.rate = self.dice.choice([0.5, 1.0, 2.0], 30)[self.dice.integers(0, 30, n)]

    def draw(self, n: int, *, with_word: bool) -> Estimate:
        chance = np.minimum(self.rate / self.rate.mean() * n / len(self.truth), 1.0)
        drawn = self.dice.random(len(chance)) < chance
        return weighted_share(
            self.truth[drawn],
            chance[drawn],
            self.customer[drawn],
            level=LEVEL,
            word=self.word[drawn] if with_word else None,
            mean_word=float(self.word.mean()) if with_word else None,
        )


@pytest.mark.parametrize("share", [0.6, 0.8, 0.93])
@pytest.mark.parametrize("n", [25, 250])
@pytest.mark.parametrize("with_word", [False, True])
def test_the_interval_holds_the_truth_as_often_as_it_claims(share: float, n: int, with_word: bool) -> None:  # noqa: FBT001
    population = Population(share, seed=round(1_000 * share) + n)
    truth = float(population.truth.mean())
    found = [population.draw(n, with_word=with_word) for _ in range(DRAWS)]
    held = np.mean([one.low <= truth <= one.high for one in found])
    # By chance 400 draws of an honest interval fall below this once in ten thousand times.
    assert held >= LEVEL - 3.7 * np.sqrt(LEVEL * (1 - LEVEL) / DRAWS)
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.02)


def test_a_word_that_follows_the_truth_makes_the_interval_narrower() -> None:
    population = Population(0.7, seed=1)
    widths = {}
    for with_word in (False, True):
        found = [population.draw(300, with_word=with_word) for _ in range(100)]
        widths[with_word] = np.mean([one.high - one.low for one in found])
    assert found[0].method == PREDICTION_POWERED
    assert widths[True] < 0.9 * widths[False]


def test_a_word_that_says_nothing_is_not_gone_by() -> None:
    dice = np.random.default_rng(0)
    truth = (dice.random(400) < 0.8).astype(float)
    found = weighted_share(truth, np.full(400, 0.1), np.arange(400), word=np.full(400, 0.5), mean_word=0.5)
    assert found.method == WEIGHTED
