"""LightGBM models, one booster a label, small enough to be trained in seconds."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats
from models.label_model import LabelModel, known, prior
from models.lightgbm_training import Binned, boost, load_lightgbm, thread_count

Places = NDArray[np.intp]


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
        shared_: Those among them that every booster reads, the last ones.
    """

    boosters_: dict[str, Any]
    columns_: dict[str, list[str]]
    shared_: list[str]

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
        self.shared_ = self._general(tags, available)
        shared = set(self.shared_)
        self.columns_ = {
            tag: [*(name for name in own_columns(tag, available) if name not in shared), *self.shared_]
            for tag in tags
        }
        return list(dict.fromkeys(name for tag in tags for name in self.columns_[tag]))

    def _general(self, tags: list[str], available: list[str]) -> list[str]:  # noqa: ARG002 (others choose by it)
        return general_columns(available)

    def _learn(self, values: Floats, labels: Floats) -> None:
        load_lightgbm()
        told = [known(labels, output) for output in range(len(self.tags_))]
        shared = self._of(values, self.shared_)
        binned = {rows.tobytes(): Binned(shared[rows], self.shared_) for rows, _ in told}

        def boosted(tag: str, rows: Places, y: Floats) -> Any:
            own = [name for name in self.columns_[tag] if name not in self.shared_]
            return self._boost(binned[rows.tobytes()], self._of(values, own)[rows], own, y)

        # One thread a label: threads inside so small a booster mostly wait for each other.
        with ThreadPoolExecutor(thread_count(self.n_jobs)) as threads:
            boosters = threads.map(boosted, self.tags_, *zip(*told, strict=True))
            self.boosters_ = dict(zip(self.tags_, boosters, strict=True))

    def _probabilities(self, values: Floats) -> Floats:
        out = np.empty((len(values), len(self.tags_)))
        for output, tag in enumerate(self.tags_):
            mine = self._of(values, self.columns_[tag])
            out[:, output] = self.boosters_[tag].predict(mine, num_threads=1) if len(values) else 0.0
        return out

    def _places(self) -> dict[str, int]:
        return {str(name): place for place, name in enumerate(self.feature_names_in_)}

    def _of(self, values: Floats, columns: Sequence[str]) -> Floats:
        place = self._places()
        return values[:, [place[name] for name in columns]]

    def _boost(self, shared: Binned, values: Floats, columns: Sequence[str], y: Floats) -> Any:
        single = y.min() == y.max()
        target = np.full(len(y), prior(y)) if single else y
        parameters = {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_leaf,
            "feature_fraction": self.column_share,
            "bagging_fraction": 0.7,
            "seed": self.seed,
        }
        return boost(shared.beside(values, columns, target), 1 if single else self.n_rounds, parameters)


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
