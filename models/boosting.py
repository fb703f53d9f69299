"""LightGBM models, one booster a label, small enough to be trained in seconds."""

import importlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from models.arrays import Floats
from models.label_model import LabelModel, known, prior
from models.lightgbm_library import without_openmp


class BoostedModel(LabelModel):
    """Gradient-boosted trees for each label, on its own and the general columns.

    The method is LightGBM (Ke et al., NeurIPS 2017).

    A label with one class only gets a booster that says its smoothed share.

    Args:
        n_rounds: Trees a label.
        learning_rate: How much of each tree is added.
        num_leaves: Leaves of a tree.
        min_leaf: Fewest rows in a leaf.
        column_share: Share of the columns that each tree may use.
        n_jobs: Labels learned at the same time, as scikit-learn counts them: -1 is one a core.
        seed: Of the columns' and rows' draws.

    Attributes:
        boosters_: For each label a `lightgbm.Booster` whose `predict` gives probabilities.
        columns_: For each label the columns that its booster reads, in order.
    """

    boosters_: dict[str, Any]
    columns_: dict[str, list[str]]

    def __init__(
        self,
        *,
        n_rounds: int = 80,
        learning_rate: float = 0.05,
        num_leaves: int = 7,
        min_leaf: int = 50,
        column_share: float = 0.3,
        n_jobs: int = -1,
        seed: int = 0,
    ) -> None:
        self.n_rounds = n_rounds
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_leaf = min_leaf
        self.column_share = column_share
        self.n_jobs = n_jobs
        self.seed = seed

    def _needed(self, tags: list[str], available: list[str]) -> list[str]:
        general = self._general(tags, available)
        self.columns_ = {tag: [*own_columns(tag, available), *general] for tag in tags}
        return list(dict.fromkeys(name for tag in tags for name in self.columns_[tag]))

    def _general(self, tags: list[str], available: list[str]) -> list[str]:  # noqa: ARG002 (others choose by it)
        return general_columns(available)

    def _learn(self, values: Floats, labels: Floats) -> None:
        load_lightgbm()
        place = self._places()

        def boost(output: int) -> Any:
            columns = self.columns_[self.tags_[output]]
            rows, y = known(labels, output)
            return self._boost(values[:, [place[name] for name in columns]][rows], y, columns)

        # One thread a label: threads inside so small a booster mostly wait for each other.
        with ThreadPoolExecutor(thread_count(self.n_jobs)) as threads:
            self.boosters_ = dict(zip(self.tags_, threads.map(boost, range(len(self.tags_))), strict=True))

    def _probabilities(self, values: Floats) -> Floats:
        place = self._places()
        out = np.empty((len(values), len(self.tags_)))
        for output, tag in enumerate(self.tags_):
            mine = values[:, [place[name] for name in self.columns_[tag]]]
            out[:, output] = self.boosters_[tag].predict(mine, num_threads=1) if len(values) else 0.0
        return out

    def _places(self) -> dict[str, int]:
        return {str(name): place for place, name in enumerate(self.feature_names_in_)}

    def _boost(self, values: Floats, y: Floats, columns: list[str]) -> Any:
        lightgbm = load_lightgbm()
        single = y.min() == y.max()
        parameters = {
            # Cross entropy is the same loss, and takes the smoothed share that stands for a single class.
            "objective": "cross_entropy",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_leaf,
            "feature_fraction": self.column_share,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "seed": self.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        target = np.full(len(y), prior(y)) if single else y
        data = lightgbm.Dataset(values, target, feature_name=list(columns), params={"verbosity": -1})
        return lightgbm.train(parameters, data, 1 if single else self.n_rounds)


class BoostedInterest(BoostedModel):
    """Boosted trees for each tag: the columns of its own group, and those about the customer as a whole."""


def own_columns(tag: str, available: Sequence[str]) -> list[str]:
    """The columns that are about the tag's group.

    >>> own_columns("tea", ["baskets_84d", "baskets_84d__tea", "baskets_84d__iced_tea"])
    ['baskets_84d__tea']
    """
    return [name for name in available if name.endswith(f"__{tag}")]


def general_columns(available: Sequence[str]) -> list[str]:
    """The columns that are about no group, but about the customer as a whole.

    A group is whatever orders are counted by.

    >>> general_columns(["baskets_84d", "baskets_84d__tea", "spend_84d__tea", "weekday_share_84d__monday"])
    ['baskets_84d', 'weekday_share_84d__monday']
    """
    marker = "baskets_84d__"
    groups = {name.removeprefix(marker) for name in available if name.startswith(marker)}
    return [name for name in available if name.partition("__")[2] not in groups]


def thread_count(n_jobs: int | None) -> int:
    """Threads for `n_jobs` as scikit-learn counts them: None is 1, -1 all cores, -2 all but one.

    >>> thread_count(None), thread_count(3), thread_count(-1) >= 1
    (1, 3, True)
    """
    if n_jobs is None:
        return 1
    return n_jobs if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + n_jobs)


def load_lightgbm() -> Any:
    """The module `lightgbm`, imported at its first use so that everything else runs where it cannot load.

    Raises:
        NotReadyError: The system lacks the OpenMP library that LightGBM is linked with.
    """
    try:
        return importlib.import_module("lightgbm")
    except OSError as error:
        raise without_openmp(error) from error
