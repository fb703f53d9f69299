"""Information value, lift and rates, on made-up customers whose truth is known."""

import numpy as np
import pytest

from tags.report.weight import information_value, lift, rate

ROUNDS = 400


def test_a_tag_that_tells_nothing_has_an_interval_from_nearly_zero() -> None:
    dice = np.random.default_rng(0)
    below = 0
    for _ in range(ROUNDS):
        group, happened = dice.integers(0, 2, 2_000), dice.random(2_000) < 0.3
        found = information_value(group, happened, np.arange(2_000))
        assert found
        below += found.low == 0.0
    assert below / ROUNDS >= 0.93  # 95 percent, and what chance allows


def test_the_interval_of_an_information_value_holds_the_truth_as_often_as_promised() -> None:
    dice = np.random.default_rng(1)
    among, others, share = 0.5, 0.3, 0.4
    p = share * among / (share * among + (1 - share) * others)
    q = share * (1 - among) / (share * (1 - among) + (1 - share) * (1 - others))
    truth = (p - q) * (np.log(p / q) - np.log((1 - p) / (1 - q)))
    held = 0
    for _ in range(ROUNDS):
        group = (dice.random(3_000) < share).astype(np.int64)
        happened = dice.random(3_000) < np.where(group == 1, among, others)
        found = information_value(group, happened, np.arange(3_000))
        assert found
        held += found.low <= truth <= found.high
    assert 0.92 <= held / ROUNDS <= 0.98


def test_a_tag_with_values_tells_what_its_values_tell() -> None:
    group = np.repeat([0, 1, 2], 1_000)
    rates = np.array([0.2, 0.2, 0.8])
    happened = np.tile(np.arange(1_000) / 1_000, 3) < rates[group]
    by_value = information_value(group, happened, np.arange(3_000))
    only_carried = information_value((group > 0).astype(np.int64), happened, np.arange(3_000))
    assert by_value
    assert only_carried
    assert by_value.value > 2 * only_carried.value


@pytest.mark.parametrize("happened", [np.zeros(10, dtype=bool), np.ones(10, dtype=bool)])
def test_nothing_is_told_about_what_happens_to_nobody_or_everybody(happened: np.ndarray) -> None:
    assert information_value(np.arange(10) % 2, happened, np.arange(10)) is None


def test_a_tag_that_everybody_carries_tells_nothing() -> None:
    assert information_value(np.ones(10, dtype=np.int64), np.arange(10) % 2 == 0, np.arange(10)) is None


def test_the_interval_of_a_lift_holds_the_truth_as_often_as_promised() -> None:
    dice = np.random.default_rng(2)
    share, own, others = 0.2, 90.0, 45.0
    truth = own / (share * own + (1 - share) * others)
    held = 0
    for _ in range(ROUNDS):
        carries = dice.random(3_000) < share
        spend = dice.exponential(np.where(carries, own, others))
        found = lift(carries, spend, np.arange(3_000))
        assert found
        held += found.low <= truth <= found.high
    assert 0.92 <= held / ROUNDS <= 0.98


def test_a_customer_seen_three_times_counts_as_one_customer() -> None:
    dice = np.random.default_rng(3)
    carries, spend = dice.random(500) < 0.3, dice.exponential(10, 500)
    once = lift(carries, spend, np.arange(500))
    thrice = lift(np.tile(carries, 3), np.tile(spend, 3), np.tile(np.arange(500), 3))
    assert once
    assert thrice
    assert thrice.value == pytest.approx(once.value)
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low)


def test_carriers_who_bought_nothing_have_no_lift_and_a_limit_to_it() -> None:
    carries = np.arange(1_000) < 100
    bought = (np.arange(1_000) >= 500).astype(np.float64)
    found = lift(carries, bought, np.arange(1_000))
    assert found
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.03 / 0.5)


def test_without_carriers_there_is_no_lift() -> None:
    assert lift(np.zeros(5, dtype=bool), np.ones(5), np.arange(5)) is None


@pytest.mark.parametrize("truth", [0.03, 0.5, 0.9])
def test_the_interval_of_a_rate_holds_the_truth_as_often_as_promised(truth: float) -> None:
    dice = np.random.default_rng(4)
    found = [rate(dice.random(200) < truth, np.arange(200)) for _ in range(ROUNDS)]
    held = sum(one is not None and one.low <= truth <= one.high for one in found)
    assert 0.92 <= held / ROUNDS <= 0.985


def test_a_rate_of_nothing_has_no_width_of_zero() -> None:
    found = rate(np.zeros(50, dtype=bool), np.arange(50))
    assert found
    assert found.value == 0.0
    assert 0.05 < found.high < 0.1
