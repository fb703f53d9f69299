"""Boosted trees as serving evaluates them: LightGBM's own numbers, alone, among many, and from several threads."""

from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

from core.errors import UnavailableError
from models.boosted_trees import BoostedTrees
from models.lightgbm_library import Booster

COLUMNS = 12
ODD = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 5e-324, 1e308])


def rows(n: int, seed: int = 1) -> np.ndarray:
    """Rows with gaps, infinities, zeros and numbers that count as zero."""
    random = np.random.default_rng(seed)
    values = random.normal(0, 10, (n, COLUMNS)).round(1)
    odd = random.random(values.shape) < 0.3
    values[odd] = random.choice(ODD, odd.sum())
    return values


@pytest.fixture(scope="module")
def trained() -> list[tuple[lightgbm.Booster, np.ndarray]]:
    """Boosters on different columns: with missing values, with zero as missing, without, and a single leaf."""
    X = rows(900)
    plain = np.nan_to_num(X, posinf=5, neginf=-5).clip(-20, 20)
    y = (plain[:, 0] + plain[:, 3] * plain[:, 5] > 1).astype(float)
    made = []
    kinds: tuple[dict[str, object], ...] = (
        {},
        {"zero_as_missing": True},
        {"use_missing": False},
        {"min_data_in_leaf": 900},
    )
    for number, more in enumerate(kinds):
        places = np.random.default_rng(number).permutation(COLUMNS)[: 6 + number]
        parameters = {
            "objective": "cross_entropy",
            "verbosity": -1,
            "num_leaves": 9,
            "num_threads": 1,
            **more,
        }
        data = lightgbm.Dataset(X[:, places], y, params={"verbosity": -1})
        made.append((lightgbm.train(parameters, data, 30), places))
    return made


@pytest.fixture
def trees(trained: list[tuple[lightgbm.Booster, np.ndarray]]) -> BoostedTrees:
    texts = [booster.model_to_string() for booster, _ in trained]
    columns = [tuple(f"x{place}" for place in places) for _, places in trained]
    return BoostedTrees.from_texts(texts, [places for _, places in trained], columns)


def expected(trained: list[tuple[lightgbm.Booster, np.ndarray]], X: np.ndarray) -> np.ndarray:
    return np.column_stack([booster.predict(X[:, places], num_threads=1) for booster, places in trained])


def test_scores_are_those_of_the_package_bit_for_bit(
    trained: list[tuple[lightgbm.Booster, np.ndarray]], trees: BoostedTrees
) -> None:
    X = rows(400, seed=2)
    np.testing.assert_array_equal(trees.predict(X), expected(trained, X))


def test_a_row_alone_gets_the_bits_that_it_gets_among_many(trees: BoostedTrees) -> None:
    X = rows(200, seed=3)
    alone = np.vstack([trees.predict(X[place : place + 1]) for place in range(len(X))])
    np.testing.assert_array_equal(alone, trees.predict(X))


def test_several_threads_get_what_one_gets(trees: BoostedTrees) -> None:
    X = rows(60, seed=4)
    together = trees.predict(X)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: trees.predict(X[n % 60 : n % 60 + 1 + n % 3]), range(600)))
    for n, scores in enumerate(found):
        np.testing.assert_array_equal(scores, together[n % 60 : n % 60 + 1 + n % 3])


def test_rows_of_any_memory_order_are_read_right(trees: BoostedTrees) -> None:
    X = rows(20, seed=5)
    np.testing.assert_array_equal(trees.predict(np.asfortranarray(X)), trees.predict(X))
    np.testing.assert_array_equal(trees.predict(np.asfortranarray(X)[3:4]), trees.predict(X)[3:4])


def test_text_that_is_no_model_is_refused() -> None:
    with pytest.raises(UnavailableError, match="LightGBM refuses a model"):
        Booster(b"no model")
