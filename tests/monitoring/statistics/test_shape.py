"""Scores of a column: which of them tells of which change."""

import numpy as np
import pytest

from monitoring.statistics.shape import SCORES, scores

dice = np.random.default_rng(0)
BELL = dice.normal(10.0, 2.0, 4000)
HEAPED = np.where(dice.random(4000) < 0.7, 0.0, dice.exponential(3.0, 4000))


def moved_most(before: np.ndarray, now: np.ndarray) -> tuple[str, int]:
    """The score that changed most, and in which direction."""
    one, other = scores(before, now)
    difference = other.mean(axis=0) - one.mean(axis=0)
    place = int(np.abs(difference).argmax())
    return SCORES[place], int(np.sign(difference[place]))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (BELL, BELL * 1.3, ("place", 1)),
        (BELL, BELL / 100, ("place", -1)),
        (BELL, 10.0 + 2.5 * (BELL - 10.0), ("spread", 1)),
        (HEAPED, np.where(np.arange(4000) % 2, HEAPED, 0.0), ("heap", 1)),
        (BELL, np.where(np.arange(4000) % 4, BELL, np.nan), ("missing", 1)),
    ],
)
def test_each_kind_of_change_is_told_by_its_own_score(
    before: np.ndarray, now: np.ndarray, expected: tuple[str, int]
) -> None:
    assert moved_most(before, now) == expected


def test_scores_are_those_of_plain_ranks() -> None:
    """A slow, obvious way gives the same: each value's middle rank among those outside the heap."""
    values = np.array([0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 5.0, np.nan])
    rest = [1.0, 2.0, 2.0, 5.0]
    found = np.concatenate(scores(values[:3], values[3:]))
    for value, row in zip(values, found, strict=True):
        if value in rest:
            rank = (sum(one < value for one in rest) + sum(one <= value for one in rest)) / 2 / len(
                rest
            ) - 0.5
            assert row[:2] == pytest.approx([rank, 6 * rank**2 - 0.5])
        else:
            assert row[:2].tolist() == [0.0, 0.0]
        assert row[2:].tolist() == [float(value == 0.0), float(np.isnan(value))]


@pytest.mark.parametrize("value", [np.nan, 7.0])
def test_a_column_of_one_value_has_scores_that_do_not_differ(value: float) -> None:
    before, now = scores(np.full(50, value), np.full(80, value))
    assert (before.mean(axis=0) == now.mean(axis=0)).all()


def test_empty_columns_have_empty_scores() -> None:
    before, now = scores(np.zeros(0), np.array([1.0, 2.0]))
    assert (before.shape, now.shape) == ((0, 4), (2, 4))
