"""Known changes in real weeks of households drawn anew: how often and how soon they are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.drifting.battery import alarms
from benchmarks.drifting.default_preset import DRIFT_SHARE, drifted_share
from benchmarks.drifting.world import Households, World
from monitoring.statistics import promise
from monitoring.thresholds import Thresholds
from monitoring.window import APPLY, Window

LOST = 0.3
"""Of the outcomes of the tag whose calibration breaks so many do not come true any more, whatever the model says."""


@dataclass(frozen=True)
class Found:
    """What became of one change in several draws of the households.

    Attributes:
        windows: For each draw which of its windows alarmed, oldest first.
        default: The same of Evidently's default preset; fewer draws.
    """

    windows: tuple[tuple[bool, ...], ...]
    default: tuple[tuple[bool, ...], ...] = ()

    @property
    def rate(self) -> float:
        """The share of windows that alarmed."""
        return float(np.mean(self.windows))

    @property
    def default_rate(self) -> float:
        """The share of windows in which the default preset alarmed."""
        return float(np.mean(self.default)) if self.default else float("nan")

    @property
    def delay(self) -> float:
        """After how many windows the first alarm came, on average; those that never alarm count one more than all."""
        return _delay(self.windows)

    @property
    def default_delay(self) -> float:
        """The same of the default preset."""
        return _delay(self.default) if self.default else float("nan")


def _delay(windows: Sequence[Sequence[bool]]) -> float:
    return float(np.mean([[*one, True].index(True) + 1 for one in windows]))


def planted(
    world: World,
    weeks: Mapping[str, Sequence[Window]],
    n: int,
    thresholds: Thresholds,
    *,
    n_default: int,
    seed: int,
) -> dict[str, Found]:
    """What is found in each series of weeks by `n` draws of the households, and by the default preset in some of them.

    A draw's households are the same in the reference, the weeks before it and all series, as in a shop.
    """
    names = sorted(set(world.reference.features.index))
    dice = np.random.default_rng(seed)
    found: dict[str, list[tuple[bool, ...]]] = {name: [] for name in weeks}
    default: dict[str, list[tuple[bool, ...]]] = {name: [] for name in weeks}
    for number in range(n):
        households = Households.drawn(names, dice)
        reference = households.of(world.reference)
        past = [households.of(one) for one in world.past]
        for name, series in weeks.items():
            drawn = [households.of(one) for one in series]
            found[name].append(tuple(any(alarms(reference, past, one, thresholds).values()) for one in drawn))
            if number < n_default:
                default[name].append(tuple(drifted_share(reference, one) >= DRIFT_SHARE for one in drawn))
    return {name: Found(tuple(found[name]), tuple(default[name])) for name in weeks}


def broken_calibration(
    world: World,
    outcomes: Sequence[pd.DataFrame],
    tag: str,
    n: int,
    thresholds: Thresholds,
    *,
    seed: int,
    is_broken: bool = True,
) -> Found:
    """Whether the promise test finds that a tag's outcomes do not come true any more, window after window.

    Outcomes are those of 30 days after each of the weeks. A household's outcome counts once, and only where the tag
    was applied; each window adds the households that are new to it.
    """
    dice = np.random.default_rng(seed)
    told = []
    for _ in range(n):
        names = [str(name) for name in dice.choice(world.reference.features.index, len(world.reference))]
        seen, alarmed = pd.DataFrame(columns=["customer_id", "tag", "value"]), []
        for week, outcome in zip(world.weeks, outcomes, strict=True):
            rows = _of_week(week, outcome, tag, set(names), dice, is_broken=is_broken)
            seen = pd.concat([seen, rows], ignore_index=True) if len(seen) else rows
            whole = promise(seen, world.champion.promised, thresholds)[0]
            alarmed.append(whole.alarm == "critical")
        told.append(tuple(alarmed))
    return Found(tuple(told))


def _of_week(
    week: Window,
    outcome: pd.DataFrame,
    tag: str,
    names: set[str],
    dice: np.random.Generator,
    *,
    is_broken: bool,
) -> pd.DataFrame:
    parts = []
    for name in week.decisions.columns:
        applied = week.decisions.index[(week.decisions[name] == APPLY) & week.decisions.index.isin(names)]
        values = outcome.loc[applied, name].to_numpy(dtype=np.float64)
        if is_broken and name == tag:
            values = np.where(dice.random(len(values)) < LOST, 0.0, values)
        parts.append(pd.DataFrame({"customer_id": applied, "tag": name, "value": values}))
    return pd.concat(parts, ignore_index=True)
