"""Whether monitoring keeps quiet where nothing changed and finds known changes, and what it takes.

The champion learned until 2017-09-01, windows are the eight weeks after it; methods and limits were chosen on the weeks
before. Months that are reported took part in no choice.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.drifting import stable
from benchmarks.drifting.breaks import BREAKS
from benchmarks.drifting.champion import Champion
from benchmarks.drifting.expectation import Errors, auc_errors, precision_errors
from benchmarks.drifting.planted import Found, broken_calibration, planted
from benchmarks.drifting.world import World
from benchmarks.report import Figure
from core.clock import midnight
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.source import FeatureSource
from monitoring.thresholds import read_thresholds
from tags.taxonomy import Tag

ORIGIN = date(2017, 9, 1)
LATER = (date(2017, 10, 1), date(2017, 11, 1), date(2017, 12, 1))
N_WEEKS = 8
QUIET_WINDOWS = 200
MOST_FALSE_ALARMS = 15
DRAWS, CALIBRATION_DRAWS = 6, 20
UNCHANGED, CALIBRATION = "unchanged", "broken_calibration"
MILLION_SECONDS, MILLION_MB = 60, 2048


@dataclass(frozen=True)
class _Million:
    seconds: float
    peak_mb: float
    features: int


def measure(settings: Settings, source: FeatureSource, store: Store, tags: Sequence[Tag]) -> list[Figure]:
    """The figures `drift.*`."""
    origin = midnight(ORIGIN, settings.zone)
    world = World(settings, source, store, Champion.at(origin, settings, source, tags), N_WEEKS)
    return [
        *_quiet(world, settings.seed),
        *_changes(world, settings.seed),
        *_expected(world, [midnight(day, settings.zone) for day in LATER]),
        *_million(world),
    ]


def _quiet(world: World, seed: int) -> list[Figure]:
    """Half of the windows of either kind."""
    dice, thresholds, n = np.random.default_rng(seed), read_thresholds(), QUIET_WINDOWS // 2
    drawn = stable.looked_at(stable.drawn(world, n, dice), thresholds)
    swapped = stable.looked_at(stable.swapped(world, n, dice), thresholds)
    found, alarms = drawn.any_check + swapped.any_check, drawn.alarms + swapped.alarms
    return [
        Figure(
            "drift.false_alarm_rate",
            found / QUIET_WINDOWS,
            Text(
                "of {n} windows without a change {found} with one found at 5% ({drawn} of other households, {swapped} "
                "of the same ones), {alarms} with an alarm",
                {
                    "n": QUIET_WINDOWS,
                    "found": found,
                    "drawn": drawn.any_check,
                    "swapped": swapped.any_check,
                    "alarms": alarms,
                },
            ),
            MOST_FALSE_ALARMS / QUIET_WINDOWS,
            at_most=True,
        )
    ]


def _changes(world: World, seed: int) -> list[Figure]:
    thresholds = read_thresholds()
    weeks = {UNCHANGED: list(world.weeks)} | {name: world.broken(name) for name in BREAKS}
    found: Mapping[str, Found] = planted(world, weeks, DRAWS, thresholds, n_default=DRAWS, seed=seed)
    tag = most_applied(world)
    outcomes = [world.outcomes(one) for one in world.weeks]
    calibration = broken_calibration(world, outcomes, tag, CALIBRATION_DRAWS, thresholds, seed=seed)
    figures = [figure for name, one in found.items() for figure in _of_change(name, one)]
    # The default preset looks at what the models say, and this change leaves that as it was.
    default = Found(found[UNCHANGED].default, found[UNCHANGED].default)
    return [*figures, *_of_change(CALIBRATION, Found(calibration.windows, default.default))]


def most_applied(world: World) -> str:
    """Of the promised tags the one that is applied to most customers."""
    applied = (world.reference.decisions == "apply").sum()
    return str(applied[list(world.champion.promised)].idxmax())


def _of_change(name: str, one: Found) -> list[Figure]:
    about = {
        "rate": f"{one.rate:.0%}",
        "delay": f"{one.delay:.1f}",
        "draws": len(one.windows),
        "weeks": len(one.windows[0]),
    }
    by_default = {"rate": f"{one.default_rate:.0%}", "delay": f"{one.default_delay:.1f}"}
    return [
        Figure(
            f"drift.detected_{name}",
            one.rate,
            Text("{rate} of {draws} times {weeks} weekly windows alarmed, the first after {delay}", about),
        ),
        Figure(
            f"drift.default_detected_{name}",
            one.default_rate,
            Text("Evidently's default preset: {rate}, the first after {delay}", by_default),
        ),
    ]


def _expected(world: World, later: Sequence[datetime]) -> list[Figure]:
    windows = [world.week(at) for at in later]
    known = [(one, world.outcomes(one)) for one in windows]
    before = world.reference, world.outcomes(world.reference)
    return [
        _error("drift.cbpe_error_ratio", "precision", precision_errors(before, known), target=1.0),
        _error("drift.cbpe_auc_error_ratio", "area under the curve", auc_errors(before, known), target=None),
    ]


def _error(name: str, of: str, errors: Errors, *, target: float | None) -> Figure:
    about = {
        "of": of,
        "n": errors.n,
        "expected": f"{errors.expected:.4f}",
        "unchanged": f"{errors.unchanged:.4f}",
    }
    message = (
        "{of}: mean error of what was expected {expected}, of what was realised at training {unchanged} ({n})"
    )
    return Figure(name, errors.ratio, Text(message, about), target, at_most=True)


def _million(world: World) -> list[Figure]:
    found = million(world)
    about = {"features": found.features, "mb": f"{found.peak_mb:.0f}"}
    return [
        Figure(
            "drift.million_rows_seconds",
            found.seconds,
            Text(
                "drift of {features} features of 1,000,000 rows in memory, told from 100,000 households",
                about,
            ),
            MILLION_SECONDS,
            at_most=True,
        ),
        Figure(
            "drift.peak_mb",
            found.peak_mb,
            Text("the most memory of that program, the rows themselves included", about),
            MILLION_MB,
            at_most=True,
        ),
    ]


def million(world: World) -> _Million:
    """What a program of its own says of a million rows."""
    features = world.reference.features
    importance = world.champion.importance.reindex(list(features.columns)).fillna(0.0)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npz"
        np.savez(
            file,
            rows=features.to_numpy(dtype=np.float64),
            names=np.array(list(features.columns)),
            importance=importance.to_numpy(dtype=np.float64),
        )
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "benchmarks.drifting.million", str(file)],
            check=True,
            capture_output=True,
            text=True,
        )
    return _Million(**json.loads(done.stdout))
