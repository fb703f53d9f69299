"""What a window is held against: the champion's training population, made once for each release and kept."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from core.clock import add_days
from features.blocks import Progress
from monitoring import keeping
from monitoring.saying import importance_of
from monitoring.scored import outcomes_of, scored_window, scored_windows
from monitoring.watched import Watched
from monitoring.window import Promised, Reference, Window

FILE = "reference.parquet"
IMPORTANCE_FILE = "importance.json"
USUAL_FOLDER, USUAL_WINDOWS = "usual", 12
LEAST_OF_MOST = 0.5
EXPLAINED = 200
"""Customers whose margins are taken apart: 22 tags of as many take some seconds, and the mean hardly moves after."""


def reference_of(watched: Watched, *, progress: Progress | None = None) -> Reference:
    """The reference of the release that serves; made from the lake at first, then read from the home.

    Raises:
        NotReadyError: The release does not say until when it learned.
    """
    file = watched.folder / FILE
    if not file.exists() or not (watched.folder / IMPORTANCE_FILE).exists():
        _make(watched, file, progress)
    return _read(watched, file)


def usual_windows(watched: Watched, *, progress: Progress | None = None) -> list[Window]:
    """Windows that were over by the reference's cutoff, oldest first: they tell what movement is usual.

    The champion saw them; they are made once for each release and kept. A window in which the shop had hardly begun
    is left out.
    """
    spans = [*_spans(watched, watched.reference_at, USUAL_WINDOWS)][::-1]
    folder = watched.folder / USUAL_FOLDER
    missing = [span for span in spans if not keeping.is_kept(folder, *span)]
    for made in scored_windows(watched, missing, progress=progress) if missing else ():
        keeping.keep(folder, made)
    found = [window for span in spans if (window := keeping.kept(folder, *span)) is not None]
    most = max((one.population for one in found), default=0)
    return [one for one in found if one.population >= LEAST_OF_MOST * most and len(one)]


def _spans(watched: Watched, until: datetime, count: int) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of the windows' length side by side, the latest first."""
    settings = watched.settings
    for number in range(count):
        end = add_days(until, -number * settings.window_days, settings.zone)
        yield add_days(end, -settings.window_days, settings.zone), end


def promised_by(watched: Watched) -> dict[str, Promised]:
    """What is promised of each certified tag; of a suspended one what was."""
    return {
        tag: Promised(one.target, one.confidence, one.threshold)
        for tag, one in watched.certificates.items()
        if one.threshold is not None and tag in set(watched.tags)
    }


def _make(watched: Watched, file: Path, progress: Progress | None) -> None:
    cutoff, settings = watched.reference_at, watched.settings
    window = scored_window(
        watched, add_days(cutoff, -settings.window_days, settings.zone), cutoff, progress=progress
    )
    outcomes = outcomes_of(watched, cutoff, watched.learned_until, window.features.index)
    explained = window.features.sample(min(EXPLAINED, len(window)), random_state=settings.seed)
    importance = importance_of(watched.release, explained.sort_index())
    keeping.write(file, window, more={"outcomes": outcomes})
    building = watched.folder / f"{IMPORTANCE_FILE}.building"
    building.write_text(json.dumps(importance.to_dict()), encoding="utf-8")
    building.replace(watched.folder / IMPORTANCE_FILE)


def _read(watched: Watched, file: Path) -> Reference:
    window: Window = keeping.read(file)
    outcomes = keeping.frame_in(pq.read_table(file), "outcomes")
    weights = json.loads((watched.folder / IMPORTANCE_FILE).read_text(encoding="utf-8"))
    return Reference(
        **vars(window),
        importance=pd.Series(weights, dtype=float).reindex(window.features.columns, fill_value=0.0),
        outcomes=outcomes[watched.tags],
        churned=outcomes["churned"],
        promised=promised_by(watched),
    )
