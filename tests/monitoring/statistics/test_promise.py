"""The promise: broken ones are found, kept ones hardly ever called broken, however often one looks."""

import numpy as np
import pandas as pd
import pytest

from monitoring.statistics.betting import capital, interval
from monitoring.statistics.promise import promise
from monitoring.thresholds import read_thresholds
from monitoring.window import Promised

THRESHOLDS = read_thresholds()
LEVEL = 0.05
PROMISED = {"coffee": Promised(0.8, 0.9, 0.85), "tea": Promised(0.8, 0.9, 0.85)}


def rows(tag: str, values: list[float]) -> pd.DataFrame:
    names = [f"c{place}" for place in range(len(values))]
    return pd.DataFrame({"customer_id": names, "tag": tag, "value": values})


def test_a_promise_that_is_just_kept_is_called_broken_no_oftener_than_stated_though_looked_at_each_time() -> (
    None
):
    """2,000 tags whose precision is exactly the promised one, looked at after each of 400 outcomes."""
    dice = np.random.default_rng(0)
    draws = (dice.random((2000, 400)) < 0.8).astype(np.float64)
    broken = np.mean([capital(one, 0.8).max() >= 1.0 / LEVEL for one in draws])
    assert broken <= LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / 2000)


@pytest.mark.parametrize(("precision", "at_most"), [(0.5, 60), (0.6, 150), (0.7, 700)])
def test_a_broken_promise_is_found_soon(precision: float, at_most: int) -> None:
    dice = np.random.default_rng(1)
    found = [
        capital((dice.random(at_most) < precision).astype(float), 0.8).max() >= 26 / LEVEL for _ in range(100)
    ]
    assert np.mean(found) >= 0.9


def test_the_interval_holds_the_truth_at_all_times_together() -> None:
    dice = np.random.default_rng(2)
    ends = []
    for _ in range(150):
        draws = (dice.random(300) < 0.85).astype(np.float64)
        ends.append(interval(draws, 0.1, steps=100))
    held = np.mean([low <= 0.85 <= high for low, high in ends])
    assert held >= 0.9


def test_a_broken_promise_is_critical_and_says_so_and_a_kept_one_is_not() -> None:
    outcomes = pd.concat([rows("coffee", [1.0, 0.0] * 60), rows("tea", [1.0] * 90 + [0.0] * 15)])
    whole, coffee, tea = promise(outcomes, PROMISED, THRESHOLDS)
    assert (whole.value, whole.alarm) == (1.0, "critical")
    assert "coffee" in str(whole.words)
    assert coffee.alarm == "critical"
    assert "60 of 120" in str(coffee.words)
    assert coffee.high is not None
    assert coffee.high < 0.8
    assert tea.alarm is None
    assert tea.p_value == 1.0


def test_a_customers_outcome_counts_once_however_often_it_was_scored() -> None:
    once = rows("coffee", [0.0, 1.0, 1.0, 1.0])
    again = pd.concat([once, *[once.head(1)] * 200], ignore_index=True)
    assert promise(again, PROMISED, THRESHOLDS)[:2] == promise(once, PROMISED, THRESHOLDS)[:2]


def test_outcomes_of_others_and_unknown_ones_count_nothing() -> None:
    outcomes = pd.concat([rows("wine", [0.0] * 100), rows("coffee", [np.nan] * 100)])
    whole, coffee, _ = promise(outcomes, PROMISED, THRESHOLDS)
    assert whole.alarm is None
    assert np.isnan(coffee.value)
    assert "nothing of what was applied" in str(coffee.words)


def test_the_stated_chance_is_that_of_all_promises_together() -> None:
    """The same outcomes break a promise that stands alone and only warn where it is one of many."""
    values = [0.0] * 3 + [1.0, 0.0] * 4
    alone = promise(rows("coffee", values), {"coffee": PROMISED["coffee"]}, THRESHOLDS)[1]
    many = {"coffee": PROMISED["coffee"]} | {f"t{place}": PROMISED["tea"] for place in range(50)}
    among = promise(rows("coffee", values), many, THRESHOLDS)[1]
    assert (alone.alarm, among.alarm) == ("critical", "warning")


def test_no_promise_at_all_is_nothing_to_watch() -> None:
    (whole,) = promise(rows("coffee", [0.0] * 50), {}, THRESHOLDS)
    assert whole.alarm is None
