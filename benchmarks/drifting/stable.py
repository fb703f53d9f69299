"""Windows in which nothing changed, made of real households: how many of them alarm.

Two kinds. *Drawn*: reference and window are households of the same week, drawn with replacement apart from each other.
*Swapped*: of each household two weeks are taken, and a coin says which of them is the reference's; so the two are alike
in law, and yet every household stands in both, with rows that are much alike, as in weeks that follow each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.drifting.battery import CHECKS
from benchmarks.drifting.world import Households, World, taken
from monitoring.statistics.level import level_of_check
from monitoring.thresholds import Thresholds
from monitoring.window import Reference, Window


@dataclass(frozen=True)
class Quiet:
    """What happened in windows in which nothing changed.

    Attributes:
        n: How many windows.
        by_check: In how many each check found a change that it takes for more than chance, of whatever size.
        any_check: In how many any check did.
        alarms: In how many any check raised an alarm.
    """

    n: int
    by_check: dict[str, int]
    any_check: int
    alarms: int


def drawn(world: World, n: int, dice: np.random.Generator) -> Iterator[tuple[Reference, Window]]:
    """Pairs of a reference and a window of the same week's households, apart from each other."""
    for number in range(n):
        week = world.weeks[number % len(world.weeks)]
        names = list(week.features.index)
        before, now = (Households.drawn(names, dice).of(week, prefix) for prefix in ("a", "b"))
        yield _as_reference(before, world), now


def swapped(world: World, n: int, dice: np.random.Generator) -> Iterator[tuple[Reference, Window]]:
    """Pairs in which a coin says for each household which of two weeks stands in the reference."""
    for number in range(n):
        place = number % (len(world.weeks) - 1)
        one, other = world.weeks[place], world.weeks[place + 1]
        both = [name for name in one.features.index if name in other.features.index]
        households = Households.drawn(both, dice)
        first, second = households.of(one), households.of(other)
        coin = dice.random(len(both)) < 0.5  # noqa: PLR2004 (a coin)
        joined = _joined(first, second)
        n_both = len(both)
        places = np.where(coin, np.arange(n_both), n_both + np.arange(n_both))
        mirrored = np.where(coin, n_both + np.arange(n_both), np.arange(n_both))
        names = list(first.features.index)
        yield _as_reference(taken(joined, places, names), world), taken(joined, mirrored, names)


def looked_at(pairs: Iterator[tuple[Reference, Window]], thresholds: Thresholds) -> Quiet:
    """What the checks say of each pair."""
    level = level_of_check(thresholds)
    by_check = dict.fromkeys(CHECKS, 0)
    n = any_check = n_alarms = 0
    for reference, window in pairs:
        found = {name: check(reference, (), window, thresholds) for name, check in CHECKS.items()}
        told = {
            name: any(one.p_value is not None and one.p_value <= level for one in ones if not one.subject)
            for name, ones in found.items()
        }
        n += 1
        any_check += any(told.values())
        n_alarms += any(one.alarm for ones in found.values() for one in ones)
        by_check = {name: by_check[name] + told[name] for name in CHECKS}
    return Quiet(n, by_check, any_check, n_alarms)


def _as_reference(window: Window, world: World) -> Reference:
    return Reference(**vars(window), importance=world.champion.importance, promised=world.champion.promised)


def _joined(first: Window, second: Window) -> Window:
    frames = {
        name: pd.concat([getattr(first, name), getattr(second, name)])
        for name in ("features", "probabilities", "decisions", "segments", "distances", "churn", "instants")
    }
    return replace(first, **frames)
