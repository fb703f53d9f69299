"""Building features and scoring at twenty million events: how fast, and in how much memory."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure
from benchmarks.resample import Resampled, buckets_for
from benchmarks.server import CHECKOUT, copy_store
from core.errors import ConflictError
from core.language import Text
from core.settings import Settings
from core.storage import open_store
from features.lake import Lake

EVENTS = 20_000_000
PARTS = (4, 2, 1)  # a quarter, half and the whole of the buckets
ROUNDS = 3
MOST_MB = 2_500
MOST_GROWTH = 1.25  # of the processor time an event takes, from a quarter of the events to all


@dataclass(frozen=True)
class Ran:
    """What one command took."""

    seconds: float
    peak_mb: float


def measure(settings: Settings, as_of: datetime, *, n_events: int = EVENTS) -> list[Figure]:
    """The figures `features.events_per_second`, `features.peak_mb`, `features.time_growth` and `score.*`.

    The shop's customers are copied under new ids into a home in a temporary folder, which takes about a gigabyte.

    Raises:
        ConflictError: A command failed.
    """
    with TemporaryDirectory(prefix="tagloop-scale-") as folder:
        home = resampled_home(settings, Path(folder) / "home", n_events)
        found = _builds(home, as_of)
        return [*_of_builds(found), *_scores(settings, home, as_of, customers=found[1][0]["customers"])]


def resampled_home(settings: Settings, home: Path, n_events: int) -> Path:
    """A home with the store of the given one, and its customers resampled to so many events."""
    shop = Resampled(Lake(settings.lake_path), n_events)
    copied = copy_store(settings, home)
    shop.write(Lake(copied.lake_path, buckets=buckets_for(n_events)))
    store = open_store(copied)
    with store.write() as connection:
        shop.add_facts(connection)
    store.close()
    return home


def _builds(home: Path, as_of: datetime) -> dict[int, list[dict[str, float]]]:
    """What each build says, by the part of the buckets; the parts take turns."""
    buckets = Lake(home / "lake").buckets
    found: dict[int, list[dict[str, float]]] = {part: [] for part in PARTS}
    for _ in range(ROUNDS):
        for part in PARTS:
            asked = {"home": str(home), "buckets": max(1, buckets // part), "as_of": as_of.isoformat()}
            ran = subprocess.run(
                [sys.executable, "-m", "benchmarks.one_build"],
                cwd=CHECKOUT,
                input=json.dumps(asked),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found[part].append(json.loads(ran.stdout))
    return found


def _of_builds(found: Mapping[int, list[dict[str, float]]]) -> list[Figure]:
    few, half, all_ = (_median(found[part]) for part in PARTS)
    peaks = {part: max(r["peak_mb"] for r in runs) for part, runs in found.items()}
    growth = (all_["busy_seconds"] / all_["events"]) / (few["busy_seconds"] / few["events"])
    said = {
        "events": all_["events"] / 1e6,
        "customers": all_["customers"],
        "few": few["seconds"],
        "half": half["seconds"],
        "all": all_["seconds"],
    }
    return [
        Figure(
            "features.events_per_second",
            all_["events"] / all_["seconds"],
            Text(
                "{events:.0f} million events of {customers:.0f} resampled customers in {all:.1f} s; "
                "half of them {half:.1f} s, a quarter {few:.1f} s",
                said,
            ),
        ),
        Figure(
            "features.peak_mb",
            peaks[1],
            Text(
                "greatest memory of that build, the frame included; half {half:.0f}, a quarter {few:.0f}",
                {"half": peaks[2], "few": peaks[4]},
            ),
            target=MOST_MB,
            at_most=True,
        ),
        Figure(
            "features.time_growth",
            growth,
            Text("processor time an event takes among all events, over that among a quarter of them"),
            target=MOST_GROWTH,
            at_most=True,
        ),
    ]


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _scores(settings: Settings, home: Path, as_of: datetime, *, customers: float) -> list[Figure]:
    own = _score(settings, settings.home, as_of)
    ran = _score(settings, home, as_of)
    return [
        Figure(
            "score.customers_per_second",
            customers / ran.seconds,
            Text(
                "`tagloop score` of {customers:.0f} resampled customers in {seconds:.1f} s from start to file; "
                "the shop itself {own:.1f} s",
                {"customers": customers, "seconds": ran.seconds, "own": own.seconds},
            ),
        ),
        Figure(
            "score.peak_mb",
            ran.peak_mb,
            Text("greatest memory of that command; of the shop itself {own:.0f}", {"own": own.peak_mb}),
            target=MOST_MB,
            at_most=True,
        ),
    ]


def _score(settings: Settings, home: Path, as_of: datetime) -> Ran:
    with TemporaryDirectory() as folder:
        out = str(Path(folder) / "scores.parquet")
        environment = {
            "TAGLOOP_HOME": str(home.absolute()),
            "TAGLOOP_MLFLOW_URI": settings.tracking_uri,
            "TAGLOOP_DATABASE_URL": f"sqlite:///{(home / 'tagloop.db').absolute()}",
        }
        runs = [
            timed(["score", "--as-of", as_of.isoformat(), "--out", out], environment) for _ in range(ROUNDS)
        ]
    return Ran(statistics.median(r.seconds for r in runs), max(r.peak_mb for r in runs))


def timed(arguments: list[str], environment: Mapping[str, str]) -> Ran:
    """How long one `tagloop` command takes and the most memory it held.

    Raises:
        ConflictError: It failed.
    """
    start = time.perf_counter()
    ran = subprocess.run(  # noqa: S603 (ours)
        [sys.executable, "-m", "benchmarks.one_command", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise ConflictError("`tagloop {command}` of the benchmark failed", command=arguments[0])
    return Ran(time.perf_counter() - start, float(ran.stdout.splitlines()[-1]))
