"""Compiled trees over pairs give LightGBM's bits for any customer and tag, and stand back where they cannot."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest

import models.pooled_trees
from models.pairs import NOWHERE, PairInputs
from models.pooled_trees import PooledTrees
from models.tree_text import read_trees

WIDTH, N_TAGS = 9, 4
ODD = [np.nan, 0.0, -0.0, 1e-36, -1e-36, 5e-324, 1e100, -1e100]
PAIRS = PairInputs(
    columns=tuple(f"column_{place}" for place in range(WIDTH)),
    stems=("days_since_last_purchase", "baskets_per_84d_ever", "spend_84d"),
    own=np.array([[0, 1, 2], [3, 1, NOWHERE], [4, NOWHERE, 0], [2, 3, 4]]),
    general=np.array([8, 5, 6]),
    base=np.array([-3.0, -1.5, 0.0, 1.5]),
)
PLACES = np.array([7, 1, 0, 11, 5, 2, 9, 4, 3])
NOTHING_FIXED = np.full(N_TAGS, np.nan)


def rows(n: int, seed: int, odd: float = 0.2) -> np.ndarray:
    """Feature rows, wider than what the pairs read."""
    chance = np.random.default_rng(seed)
    values = chance.normal(0, 3, (n, 12)).round(1)
    strange = chance.random(values.shape) < odd
    values[strange] = chance.choice(ODD, strange.sum())
    return values


def text_of(seed: int = 0, *, n: int = 500, odd: float = 0.2, **more: Any) -> str:
    """The text of a booster that asks about the customer, the tag's own columns and the tag's share alike."""
    inputs = PAIRS.of(rows(n, seed, odd)[:, PLACES]).reshape(-1, len(PAIRS.names))
    plain = np.nan_to_num(inputs, posinf=5, neginf=-5).clip(-20, 20)
    y = (plain[:, 0] + plain[:, 4] + plain[:, 5] * plain[:, 7] > 1).astype(float)
    wanted = {"objective": "cross_entropy", "num_leaves": 15, "num_threads": 1, "verbosity": -1, **more}
    return str(lightgbm.train(wanted, lightgbm.Dataset(inputs, y, params=dict(wanted)), 30).model_to_string())


def trees_of(text: str, pairs: PairInputs = PAIRS) -> PooledTrees:
    return PooledTrees.from_text(text, pairs, PLACES, NOTHING_FIXED[: len(pairs.own)])


def by_lightgbm(text: str, values: np.ndarray, pairs: PairInputs = PAIRS) -> np.ndarray:
    inputs = pairs.of(values[:, PLACES]).reshape(-1, len(pairs.names))
    said = lightgbm.Booster(model_str=text).predict(inputs, num_threads=1)
    return np.asarray(said).reshape(len(values), -1)


KINDS: dict[str, dict[str, Any]] = {
    "missing values": {},
    "nothing missing in training": {"odd": 0.0},
    "missing values are zeros": {"use_missing": False},
    "deep trees": {"num_leaves": 60, "min_data_in_leaf": 2},
    "a single leaf": {"min_data_in_leaf": 2000},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_gives_the_same_bits(kind: str) -> None:
    text = text_of(**KINDS[kind])
    trees, values = trees_of(text), rows(2000, seed=90, odd=0.3)
    assert trees.forest is not None
    np.testing.assert_array_equal(trees.predict(values), by_lightgbm(text, values))


def test_a_share_of_positives_on_a_threshold_goes_where_lightgbm_sends_it() -> None:
    text = text_of()
    asked = {
        float(threshold)
        for tree in read_trees(text)
        for threshold in tree.threshold[tree.feature == PAIRS.n_of_pair]
    }
    assert asked
    for threshold in asked:
        base = np.array([threshold, np.nextafter(threshold, np.inf), np.nextafter(threshold, -np.inf), 1e-36])
        pairs, values = replace(PAIRS, base=base), rows(50, seed=91)
        np.testing.assert_array_equal(trees_of(text, pairs).predict(values), by_lightgbm(text, values, pairs))


def test_a_customer_alone_gets_the_bits_that_she_gets_among_many() -> None:
    trees, values = trees_of(text_of()), rows(200, seed=92)
    alone = np.vstack([trees.predict(values[place : place + 1]) for place in range(len(values))])
    np.testing.assert_array_equal(alone, trees.predict(values))


def test_no_customers_get_no_scores() -> None:
    assert trees_of(text_of()).predict(np.empty((0, 12))).shape == (0, N_TAGS)


def test_threads_may_share_one_forest() -> None:
    trees, values = trees_of(text_of()), rows(400, seed=93)
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda at: trees.predict(values[at : at + 25]), range(0, 400, 25)))
    np.testing.assert_array_equal(np.vstack(parts), trees.predict(values))


@pytest.mark.parametrize("more", [{"zero_as_missing": True}, {"num_leaves": 65, "min_data_in_leaf": 2}])
def test_what_only_lightgbm_evaluates_is_left_to_it(more: dict[str, Any]) -> None:
    text, values = text_of(**more), rows(600, seed=94)
    trees = trees_of(text)
    assert trees.forest is None
    np.testing.assert_array_equal(trees.predict(values), by_lightgbm(text, values))


def test_a_forest_that_differs_in_one_leaf_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_another_leaf(text: str) -> list[Any]:
        first, *others = read_trees(text)
        return [replace(first, leaf=np.nextafter(first.leaf, np.inf)), *others]

    monkeypatch.setattr(models.pooled_trees, "read_trees", with_another_leaf)
    assert trees_of(text_of()).forest is None


def test_where_nothing_could_be_learned_the_shares_are_said() -> None:
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    trees = PooledTrees.from_text(None, PAIRS, PLACES, shares)
    np.testing.assert_array_equal(trees.predict(rows(2, seed=95)), [shares, shares])
