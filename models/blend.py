"""Several models as one: the weighted mean of their log odds."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from sklearn.base import clone

from models.arrays import Floats, blended
from models.label_model import LabelModel
from models.lightgbm_training import thread_count


class BlendedModel(LabelModel):
    """Models of unlike kinds fitted on the same rows; where they err differently, their mean errs less.

    Args:
        members: Unfitted models of labels, at least one; each counts the same.

    Attributes:
        members_: The members, fitted.
        weights_: What each counts, together 1.
    """

    members_: list[LabelModel]
    weights_: list[float]

    def __init__(self, members: Sequence[LabelModel] = ()) -> None:
        self.members = members

    def _needed(self, tags: list[str], available: list[str]) -> list[str]:
        needed = {
            name
            for member in self.members
            for name in clone(member)._needed(tags, available)  # noqa: SLF001 (of our kind)
        }
        # In the order given: a member learns the same from these as from the whole table.
        return [*(name for name in available if name in needed), *sorted(needed.difference(available))]

    def _learn(self, values: Floats, labels: Floats) -> None:
        X, Y = self._frame(values), pd.DataFrame(labels, columns=self.tags_)
        with ThreadPoolExecutor(thread_count(-1)) as threads:
            self.members_ = list(threads.map(lambda member: clone(member).fit(X, Y), self.members))
        self.weights_ = [1.0 / len(self.members_)] * len(self.members_)

    def _probabilities(self, values: Floats) -> Floats:
        X = self._frame(values)
        return blended([member.predict_proba(X).to_numpy() for member in self.members_], self.weights_)

    def _frame(self, values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, columns=list(self.feature_names_in_), copy=False)
