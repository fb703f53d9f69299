"""Pairs of tags, against counting by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mutual_info_score

from tags.report.redundancy import normalised_information, overlaps


def test_two_names_for_the_same_customers_come_first() -> None:
    dice = np.random.default_rng(0)
    coffee, milk = dice.random(500) < 0.3, dice.random(500) < 0.5
    found = overlaps(["coffee", "milk", "espresso"], np.column_stack([coffee, milk, coffee]))
    assert {found[0].first, found[0].second} == {"coffee", "espresso"}
    assert (found[0].jaccard, found[0].contained) == (1.0, 1.0)
    assert found[0].mutual_information == pytest.approx(1.0)
    assert found[-1].mutual_information < 0.02


def test_a_tag_inside_another_is_wholly_contained_in_it() -> None:
    wide = np.arange(100) < 60
    narrow = np.arange(100) < 20
    (found,) = overlaps(["narrow", "wide"], np.column_stack([narrow, wide]))
    assert (found.first, found.second, found.contained) == ("wide", "narrow", 1.0)
    assert found.jaccard == pytest.approx(1 / 3)
    assert found.expected == pytest.approx(12.0)


def test_a_tag_without_carriers_overlaps_with_nothing() -> None:
    carries = np.column_stack([np.ones(5, dtype=bool), np.zeros(5, dtype=bool)])
    assert overlaps(["a", "b"], carries) == []


@given(arrays(bool, (40, 2)))
def test_the_information_is_scikit_learns(carries: np.ndarray) -> None:
    one, other = carries.T
    found = normalised_information(int((one & other).sum()), int(one.sum()), int(other.sum()), 40)
    entropies = [mutual_info_score(column, column) for column in (one, other)]
    expected = mutual_info_score(one, other) / min(entropies) if min(entropies) > 1e-12 else 0.0
    assert found == pytest.approx(min(max(expected, 0.0), 1.0), abs=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_counts_are_exact_beyond_one_part_of_the_rows(seed: int) -> None:
    carries = np.random.default_rng(seed).random((70_000, 2)) < 0.5
    (found,) = overlaps(["a", "b"], carries)
    assert found.both == int((carries[:, 0] & carries[:, 1]).sum())
