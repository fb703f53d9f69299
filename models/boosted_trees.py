"""LightGBM models that predict side by side, one for each output, without pandas or scikit-learn."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """One `lightgbm.Booster` for each output, with the places of its columns in a feature row."""

    boosters: tuple[tuple[Any, NDArray[np.intp]], ...]

    @classmethod
    def from_texts(cls, texts: Sequence[str], places: Sequence[NDArray[np.intp]]) -> Self:
        """Boosters of LightGBM's model texts; the only thing here that imports LightGBM."""
        lightgbm = importlib.import_module("lightgbm")
        return cls(
            tuple((lightgbm.Booster(model_str=text), own) for text, own in zip(texts, places, strict=True))
        )

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`, on the calling thread alone."""
        scores = np.empty((len(rows), len(self.boosters)))
        # LightGBM refuses an array without rows.
        for output, (booster, places) in enumerate(self.boosters if len(rows) else ()):
            scores[:, output] = booster.predict(rows[:, places], num_threads=1)
        return scores
