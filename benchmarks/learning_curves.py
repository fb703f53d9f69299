"""Quality against the number of decisions: kept in the home, compared, and drawn for the pages.

`python -m benchmarks.learning_curves FOLDER` draws what `python -m benchmarks labels` measured, light and dark, in
English and Chinese.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FILE = "label_efficiency.json"
DRAWS = 1_000
LEVEL = (2.5, 97.5)


@dataclass(frozen=True)
class Point:
    """One fitted model: which tag and way of asking, which repeat, from how many decisions, and how good it is.

    `is_last` marks the model of all decisions there were, `auc_blank` is of judges whose attributes are hidden.
    """

    tag: str
    way: str
    repeat: int
    labels: int
    is_last: bool
    auc: float
    ap: float
    auc_blank: float


class Curves:
    """The points of every tag, way and repeat."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points

    def write(self, home: Path) -> None:
        """Keep the points in the home."""
        rows = [asdict(point) for point in self.points]
        (home / FILE).write_text(json.dumps(rows) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, home: Path) -> Self:
        """The points that were kept in the home."""
        return cls([Point(**row) for row in json.loads((home / FILE).read_text(encoding="utf-8"))])

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a point."""
        return pd.DataFrame([asdict(point) for point in self.points])

    @cached_property
    def tags(self) -> list[str]:
        """In the order in which they were measured."""
        return list(dict.fromkeys(point.tag for point in self.points))

    def table(self, tag: str, way: str, quality: str = "auc") -> pd.DataFrame:
        """One row a repeat, one column a number of decisions."""
        frame = self.frame
        mine = frame[(frame["tag"] == tag) & (frame["way"] == way)]
        return mine.pivot_table(index="repeat", columns="labels", values=quality)

    def labels_to_reach(self, tag: str, way: str, share: float) -> float:
        """Decisions until the mean AUC is that share as far above chance as at the end, between sizes in a line."""
        return _reached(self.table(tag, way), self._full(tag), share)

    def _full(self, tag: str) -> "pd.Series[float]":
        """The AUC of each repeat with all decisions; it is the same whatever the order was."""
        frame = self.frame
        last = frame[(frame["tag"] == tag) & (frame["way"] == "random") & frame["is_last"]]
        return last.set_index("repeat")["auc"]

    def reach_interval(self, way: str, share: float) -> tuple[float, float]:
        """The 95% interval of the mean over tags, repeats drawn again."""
        dice = np.random.default_rng(0)
        parts = [(self.table(tag, way), self._full(tag)) for tag in self.tags]
        found = []
        for _ in range(DRAWS):
            drawn = [dice.integers(len(full), size=len(full)) for _, full in parts]
            labels = [
                _reached(table.iloc[rows], full.iloc[rows], share)
                for (table, full), rows in zip(parts, drawn, strict=True)
            ]
            found.append(np.mean(labels))
        low, high = np.percentile(found, LEVEL)
        return float(low), float(high)

    def gain(self, way: str, other: str) -> tuple[float, float, float]:
        """The mean AUC of one way less the other's, over tags and all sizes but the last, with its 95% interval."""
        differences = [
            (self.table(tag, way) - self.table(tag, other)).iloc[:, :-1].mean(axis=1).to_numpy()
            for tag in self.tags
        ]
        dice = np.random.default_rng(0)
        drawn = [
            np.mean([one[dice.integers(len(one), size=len(one))].mean() for one in differences])
            for _ in range(DRAWS)
        ]
        low, high = np.percentile(drawn, LEVEL)
        return float(np.mean([one.mean() for one in differences])), float(low), float(high)

    def at_the_end(self, tag: str) -> tuple[int, float, float, float]:
        """Decisions, AUC, average precision, and AUC without attributes, of the models of all decisions."""
        frame = self.frame
        last = frame[(frame["tag"] == tag) & (frame["way"] == "random") & frame["is_last"]]
        means = last[["auc", "ap", "auc_blank"]].mean()
        return int(last["labels"].iloc[0]), float(means["auc"]), float(means["ap"]), float(means["auc_blank"])


def _reached(table: pd.DataFrame, full: "pd.Series[float]", share: float) -> float:
    """Where the mean curve first reaches the share of what the end lies above chance."""
    curve, sizes = table.mean().to_numpy(), table.columns.to_numpy(dtype=np.float64)
    target = 0.5 + share * (float(full.mean()) - 0.5)
    return _crossing(sizes, curve, target)


def _crossing(sizes: NDArray[np.float64], curve: NDArray[np.float64], target: float) -> float:
    """Where a line through the points first reaches the target; the last size where it never does.

    >>> _crossing(np.array([20.0, 40.0]), np.array([0.6, 0.7]), 0.65)
    30.0
    """
    above = np.flatnonzero(curve >= target)
    if not len(above):
        return float(sizes[-1])
    place = int(above[0])
    if place == 0:
        return float(sizes[0])
    rise = curve[place] - curve[place - 1]
    part = (target - curve[place - 1]) / rise
    return round(float(sizes[place - 1] + part * (sizes[place] - sizes[place - 1])), 6)


if __name__ == "__main__":
    from benchmarks.learning_plot import draw_all

    draw_all(Path(sys.argv[1]))
