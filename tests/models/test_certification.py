"""Certified thresholds: the promise is kept as often as stated, and what cannot be promised says why."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from models.certification import (
    DRIFT,
    NO_LABELS,
    OUT_OF_REACH,
    TOO_FEW_LABELS,
    TOO_FEW_POSITIVES,
    certify,
    drift_of,
)
from models.precision_bound import p_value

Floats = NDArray[np.float64]
MONTHS = 3


def month(dice: np.random.Generator, base: Floats, drift: float) -> tuple[Floats, Floats]:
    """What a calibrated model says of customers in one month, and how likely they really are in it."""
    said = np.clip(base + 0.05 * dice.standard_normal(len(base)), 0.01, 0.99)
    return said, np.clip(said + drift * dice.standard_normal(), 0.0, 1.0)


def history(
    dice: np.random.Generator, base: Floats, *, alike: float, drift: float
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Three months of the same customers, whose outcomes are alike from month to month."""
    own = dice.standard_normal(len(base))
    said, came = [], []
    for _ in range(MONTHS):
        probability, chance = month(dice, base, drift)
        luck = np.sqrt(alike) * own + np.sqrt(1 - alike) * dice.standard_normal(len(base))
        said.append(probability)
        came.append((luck < norm.ppf(chance)).astype(np.float64))
    return np.concatenate(said), np.concatenate(came), np.tile(np.arange(len(base)), MONTHS)


def promises(flat: float | None, *, alike: float, customers: int, worlds: int) -> Iterator[tuple[bool, bool]]:
    """For each world whether it was certified, and whether the next month breaks the promise."""
    for seed in range(worlds):
        dice = np.random.default_rng(seed)
        base = dice.beta(1.2, 2.5, customers) if flat is None else np.full(customers, flat)
        found = certify(*history(dice, base, alike=alike, drift=DRIFT))
        said, chance = month(dice, base, DRIFT)
        applied = said >= (found.threshold or 2.0)
        yield found.threshold is not None, bool(applied.any() and chance[applied].mean() < 0.8)


@pytest.mark.parametrize(
    ("flat", "alike", "customers"), [(None, 0.5, 700), (0.8, 0.0, 150), (0.8, 0.8, 150), (0.79, 0.5, 700)]
)
def test_promise_is_broken_next_month_no_more_often_than_stated(
    flat: float | None, alike: float, customers: int
) -> None:
    """Also in the hardest case, a precision that lies at the target or just below whatever the threshold."""
    worlds = 120
    broken = sum(
        is_broken for _, is_broken in promises(flat, alike=alike, customers=customers, worlds=worlds)
    )
    assert binomtest(broken, worlds, 0.1, alternative="greater").pvalue > 0.01


def test_tags_with_customers_to_be_sure_of_are_certified() -> None:
    certified = [was for was, _ in promises(None, alike=0.3, customers=2500, worlds=20)]
    assert sum(certified) >= 18


def test_without_drift_the_test_is_the_exact_binomial_one() -> None:
    for correct, n in ((36, 40), (70, 80), (8, 10)):
        exact = binomtest(correct, n, 0.8, alternative="greater").pvalue
        assert p_value(correct, n, 0.8, 0.0) == pytest.approx(exact, rel=1e-9)


def test_rows_of_one_customer_that_are_all_alike_count_once() -> None:
    once = np.repeat([1.0, 0.0], [36, 4])
    single = certify(np.full(40, 0.9), once, np.arange(40), drift=0.0)
    tripled = certify(np.full(120, 0.9), np.tile(once, 3), np.tile(np.arange(40), 3), drift=0.0)
    assert single.precision_low == pytest.approx(tripled.precision_low, abs=1e-6)
    assert tripled.customers == 40


def test_lower_bound_is_at_least_the_target_where_there_is_a_threshold_and_above_it_everything_is_counted() -> (
    None
):
    dice = np.random.default_rng(3)
    said, came, customers = history(dice, dice.beta(1.2, 2.0, 2000), alike=0.3, drift=0.0)
    found = certify(said, came, customers)
    assert found.threshold is not None
    above = said >= found.threshold
    assert (found.n, found.correct) == (above.sum(), came[above].sum())
    assert found.customers == len(set(customers[above]))
    assert found.coverage == pytest.approx(came[above].sum() / came.sum())
    assert found.precision_low is not None
    assert found.precision is not None
    assert 0.8 <= found.precision_low < found.precision
    assert (found.reason, found.more_labels) == (None, 0)


def test_more_confidence_and_more_drift_never_lower_the_threshold() -> None:
    dice = np.random.default_rng(4)
    rows = history(dice, dice.beta(1.2, 1.5, 2500), alike=0.3, drift=0.0)
    thresholds = [certify(*rows, confidence=sure).threshold or 2.0 for sure in (0.8, 0.9, 0.99)]
    assert thresholds == sorted(thresholds)
    thresholds = [certify(*rows, drift=drift).threshold or 2.0 for drift in (0.0, 0.03, 0.06)]
    assert thresholds == sorted(thresholds)


def test_unknown_labels_are_left_out() -> None:
    dice = np.random.default_rng(5)
    said, came, customers = history(dice, dice.beta(1.2, 1.5, 800), alike=0.3, drift=0.0)
    unknown = dice.random(len(came)) < 0.5
    whole = certify(said[~unknown], came[~unknown], customers[~unknown])
    assert certify(said, np.where(unknown, np.nan, came), customers) == whole


def test_equal_probabilities_stand_above_a_threshold_together() -> None:
    said, came = np.repeat([0.9, 0.5], [200, 200]), np.repeat([1.0, 0.0], [200, 200])
    found = certify(said, came, np.arange(400))
    assert (found.threshold, found.n) == (0.9, 200)


# What bad input is answered with.


def test_tag_with_three_positives_is_told_to_have_too_few() -> None:
    came = np.zeros(1000)
    came[:3] = 1.0
    found = certify(np.linspace(0.9, 0.01, 1000), came, np.arange(1000))
    assert (found.threshold, found.reason) == (None, TOO_FEW_POSITIVES)
    assert found.more_labels is not None
    assert found.more_labels > 0


def test_tag_that_everybody_has_is_certified_for_everybody() -> None:
    found = certify(np.linspace(0.99, 0.6, 500), np.ones(500), np.arange(500))
    assert (found.threshold, found.n, found.coverage) == (0.6, 500, 1.0)


def test_target_of_one_is_out_of_reach_even_where_all_came_true() -> None:
    found = certify(np.linspace(0.99, 0.9, 5000), np.ones(5000), np.arange(5000), target=1.0)
    assert (found.threshold, found.reason, found.more_labels) == (None, OUT_OF_REACH, None)


def test_target_of_nothing_is_kept_by_everybody() -> None:
    dice = np.random.default_rng(6)
    said = dice.random(500)
    found = certify(said, (dice.random(500) < said).astype(float), np.arange(500), target=0.0)
    assert found.threshold == said.min()


def test_no_known_label_is_said() -> None:
    for n in (0, 5):
        found = certify(np.full(n, 0.9), np.full(n, np.nan), np.arange(n))
        assert (found.threshold, found.reason, found.n) == (None, NO_LABELS, 0)


def test_one_household_certifies_nothing_however_often_it_comes() -> None:
    found = certify(np.full(300, 0.95), np.ones(300), np.zeros(300, dtype=int))
    assert found.threshold is None
    assert found.customers == 1


def test_model_that_knows_nothing_is_out_of_reach() -> None:
    dice = np.random.default_rng(7)
    found = certify(np.full(3000, 0.3), (dice.random(3000) < 0.3).astype(float), np.arange(3000))
    assert (found.threshold, found.reason, found.more_labels) == (None, OUT_OF_REACH, None)


def test_labels_that_the_plan_asks_for_do_certify() -> None:
    """Fifty customers at nine in ten are too few; with so many more of the same kind the promise can be made."""
    half = np.repeat([1.0, 0.0], [45, 5])
    short = certify(np.full(50, 0.9), half, np.arange(50), confidence=0.95)
    assert (short.reason, short.threshold) == (TOO_FEW_LABELS, None)
    assert short.more_labels is not None
    n = 10 * int(np.ceil((50 + short.more_labels) / 10))
    enough = certify(
        np.full(n, 0.9), np.repeat([1.0, 0.0], [n * 9 // 10, n // 10]), np.arange(n), confidence=0.95
    )
    assert enough.threshold == 0.9


def test_drift_beyond_chance_is_found_and_none_is_never_less_than_the_least() -> None:
    dice = np.random.default_rng(8)
    P = [dice.uniform(0.75, 0.95, (400, 20)) for _ in range(MONTHS)]
    moved = [np.clip(p + 0.08 * dice.standard_normal(20), 0, 1) for p in P]
    calm, wild = ([(dice.random(p.shape) < p).astype(float) for p in chances] for chances in (P, moved))
    assert drift_of(P, calm, at_least=0.7) == DRIFT
    assert drift_of(P, wild, at_least=0.7) == pytest.approx(0.08, abs=0.02)
    assert drift_of(P[:1], [np.full_like(P[0], np.nan)], at_least=0.7) == DRIFT
