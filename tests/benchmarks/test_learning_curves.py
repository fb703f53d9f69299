"""Curves of quality against decisions: where they reach a share of the end, and how two ways differ."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.label_efficiency import ALONE, INFORMATIVE, RANDOM, Households, Places, _run
from benchmarks.learning_curves import Curves, Point
from models.reviewed import ReviewedTags

SIZES = (20, 60, 100)


def curves(gain: float = 0.0) -> Curves:
    """Two tags whose AUC rises in a line from .6 to .7; the informative way lies above by `gain` on its way."""
    dice = np.random.default_rng(0)
    found = []
    for tag in ("a", "b"):
        for repeat in range(10):
            noise = float(dice.normal(0, 0.001))
            for way, more in ((RANDOM, 0.0), (INFORMATIVE, gain)):
                for size in SIZES:
                    is_last = size == SIZES[-1]
                    auc = 0.6 + 0.1 * (size - 20) / 80 + (0.0 if is_last else more) + noise
                    found.append(Point(tag, way, repeat, size, is_last, auc, auc / 2, 0.5))
    return Curves(found)


def test_the_share_is_of_what_the_end_lies_above_chance() -> None:
    found = curves().labels_to_reach("a", RANDOM, 0.9)  # .5 + .9 * .2 = .68
    assert found == pytest.approx(84, abs=2)
    low, high = curves().reach_interval(RANDOM, 0.9)
    assert low <= 84 <= high
    assert high - low < 5


def test_a_better_way_needs_fewer_and_its_gain_is_told_with_an_interval() -> None:
    found = curves(0.05)
    assert found.labels_to_reach("a", INFORMATIVE, 0.9) < found.labels_to_reach("a", RANDOM, 0.9) - 20
    mean, low, high = found.gain(INFORMATIVE, RANDOM)
    assert mean == pytest.approx(0.05)
    assert low <= mean <= high
    assert low > 0.04


def test_what_is_kept_in_the_home_is_read_again(tmp_path: Path) -> None:
    found = curves(0.01)
    found.write(tmp_path)
    assert Curves.read(tmp_path).points == list(found.points)


def test_both_ways_begin_and_end_alike_and_nobody_judges_who_was_asked() -> None:
    """One column tells the tag; with few decisions the ways differ, with all of them they cannot."""
    dice = np.random.default_rng(1)
    n = 240
    tea = dice.random(n)
    X = pd.DataFrame(
        {"baskets_84d": dice.poisson(4.0, n) + 1.0, "baskets_84d__tea": 0.0, "basket_rate_ever__tea": tea},
        index=pd.Index([f"c{number}" for number in range(n)], name="customer_id"),
    )
    y = np.where(dice.random(n) < 0.8, (tea + dice.normal(0, 0.3, n) > 0.6).astype(float), np.nan)
    decided_and_judges: list[tuple[set[str], set[str]]] = []

    class Noted(Households):
        """Notes who was asked and who judged."""

        def quality(self, model: ReviewedTags, judges: Places) -> tuple[float, float, float]:
            decided_and_judges[-1][1].update(self.X.index[judges])
            return super().quality(model, judges)

        def fitted(self, decided: Places, *, with_others: bool = True) -> ReviewedTags:
            assert len(set(decided.tolist())) == len(decided)
            assert not np.isnan(self.y[decided]).any()
            decided_and_judges.append((set(self.X.index[decided]), set()))
            return super().fitted(decided, with_others=with_others)

    found = Curves(_run(Noted("garden", X, y, [], np.full(n, 0.5)), repeats=2))
    by_way = {way: found.table("garden", way) for way in (RANDOM, INFORMATIVE, ALONE)}
    random, informative = by_way[RANDOM], by_way[INFORMATIVE]
    np.testing.assert_allclose(random.iloc[:, 0], informative.iloc[:, 0])
    np.testing.assert_allclose(random.iloc[:, -1], informative.iloc[:, -1], atol=1e-6)
    assert not np.allclose(random.iloc[:, 1], informative.iloc[:, 1])
    assert random.iloc[:, -1].mean() > 0.75
    assert len(decided_and_judges) == len(found.points)
    assert not any(decided & judges for decided, judges in decided_and_judges)
