"""Compiled trees give LightGBM's bits on any row, and stand back where they cannot."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest

import models.boosted_trees
from models.boosted_trees import BoostedTrees
from models.decisions import MOST_LEAVES, ZERO
from models.forest import Forest
from models.tree_text import UnknownTreesError, read_trees

COLUMNS = 9
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1), 1e-36, 5e-324, 1e308]


def values(n: int, seed: int, odd: float = 0.2) -> np.ndarray:
    chance = np.random.default_rng(seed)
    rows = chance.normal(0, 10, (n, COLUMNS)).round(1)
    strange = chance.random(rows.shape) < odd
    rows[strange] = chance.choice(ODD, strange.sum())
    return rows


def train(seed: int = 0, *, n: int = 700, odd: float = 0.2, rounds: int = 25, **more: Any) -> str:
    X = values(n, seed, odd)
    X[:, 0] = np.abs(X[:, 0]) if "categorical_feature" in more else X[:, 0]
    plain = np.nan_to_num(X, posinf=5, neginf=-5).clip(-20, 20)
    y = (plain[:, 0] + plain[:, 3] * plain[:, 5] > 1).astype(float)
    wanted = {"objective": "binary", "num_leaves": 12, "num_threads": 1, "verbosity": -1, **more}
    groups = wanted.pop("categorical_feature", "auto")
    data = lightgbm.Dataset(X, y, params=dict(wanted), categorical_feature=groups)
    return str(lightgbm.train(wanted, data, rounds).model_to_string())


def places(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(COLUMNS)


def boosted(texts: Sequence[str]) -> BoostedTrees:
    own = [places(number) for number in range(len(texts))]
    names = [tuple(f"column_{place}" for place in one) for one in own]
    return BoostedTrees.from_texts(texts, own, names)


KINDS: dict[str, dict[str, Any]] = {
    "missing values": {},
    "nothing missing in training": {"odd": 0.0},
    "missing values are zeros": {"use_missing": False},
    "cross entropy": {"objective": "cross_entropy"},
    "as many leaves as there are bits": {"num_leaves": MOST_LEAVES, "min_data_in_leaf": 2, "n": 3000},
    "two leaves": {"num_leaves": 2},
    "a single leaf": {"min_data_in_leaf": 700},
    "bagging and dropped columns": {"bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.4},
}


@pytest.fixture(scope="module")
def trees() -> BoostedTrees:
    texts = [train(number, **more) for number, more in enumerate(KINDS.values())]
    return boosted(texts)


def test_every_kind_of_model_is_compiled_and_gives_the_same_bits(trees: BoostedTrees) -> None:
    assert trees.forest is not None
    X = np.vstack([values(3000, seed=90, odd=0.3), trees.forest.telling_rows(3000)])
    np.testing.assert_array_equal(trees.predict(X), trees.by_lightgbm(X))


def test_a_row_alone_gets_the_bits_that_it_gets_among_many(trees: BoostedTrees) -> None:
    X = values(300, seed=91)
    alone = np.vstack([trees.predict(X[place : place + 1]) for place in range(len(X))])
    np.testing.assert_array_equal(alone, trees.predict(X))


def test_no_rows_give_no_scores(trees: BoostedTrees) -> None:
    assert trees.predict(np.empty((0, COLUMNS))).shape == (0, len(KINDS))


def test_threads_may_share_one_forest(trees: BoostedTrees) -> None:
    X = values(400, seed=92)
    together = trees.predict(X)
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda at: trees.predict(X[at : at + 25]), range(0, 400, 25)))
    np.testing.assert_array_equal(np.vstack(parts), together)


@pytest.mark.parametrize(
    "more",
    [
        {"zero_as_missing": True},
        {"categorical_feature": [0], "odd": 0.0},
        {"linear_tree": True, "odd": 0.0},
        {"num_leaves": MOST_LEAVES + 1, "min_data_in_leaf": 2, "n": 3000},
        {"sigmoid": 2.0},
        {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_only_lightgbm_evaluates_is_left_to_it(more: dict[str, Any]) -> None:
    text = train(**more)
    trees = boosted([text])
    assert trees.forest is None
    X = values(200, seed=93)
    expected = lightgbm.Booster(model_str=text).predict(X[:, places(0)])
    np.testing.assert_array_equal(trees.predict(X)[:, 0], expected)


def test_a_forest_that_differs_in_one_leaf_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_another_leaf(text: str) -> list[Any]:
        first, *others = read_trees(text)
        return [replace(first, leaf=np.nextafter(first.leaf, np.inf)), *others]

    monkeypatch.setattr(models.boosted_trees, "read_trees", with_another_leaf)
    assert boosted([train()]).forest is None


@pytest.mark.parametrize("spoil", [lambda text: text.replace("binary", "poisson"), lambda _: "no model"])
def test_a_text_of_something_else_is_unknown(spoil: Callable[[str], str]) -> None:
    with pytest.raises(UnknownTreesError):
        read_trees(spoil(train(rounds=2)))


def test_telling_rows_stand_on_both_sides_of_thresholds() -> None:
    forest = Forest.of([read_trees(train())], [places(0)])
    rows = forest.telling_rows(500)
    column = int(forest.decisions.columns[0])
    own = forest.decisions.thresholds[: forest.decisions.begins[1]]
    assert np.isin(rows[:, column], own).any()
    assert np.isin(rows[:, column], np.nextafter(own, np.inf)).any()
    assert np.isnan(rows[:, column]).any()
