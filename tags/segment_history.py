"""What became of each segment at each training, kept for good: keys are never given to another segment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from features import counters
from tags.tables import SegmentStep

COUNTER = "segments"
PREFIX = "segment_"


def new_keys(connection: Connection, n: int, *, known: Sequence[str]) -> list[str]:
    """So many keys that no segment ever had; `known` are keys from before there was a history."""
    highest = max([counters.value(connection, COUNTER), *map(_number, known)])
    counters.put(connection, COUNTER, highest + n)
    return [f"{PREFIX}{highest + place}" for place in range(1, n + 1)]


def add_steps(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what became of the segments at a training."""
    connection.execute(insert(SegmentStep), list(rows))


def line_of(connection: Connection, run_id: str) -> list[SegmentStep]:
    """The steps of the version of a run and of those that it descends from, newest version first.

    Versions that never served, or that a move of the alias passed over, are on no line but their own.
    """
    query = select(SegmentStep.__table__).order_by(SegmentStep.seq)
    by_run: dict[str, list[SegmentStep]] = {}
    for row in connection.execute(query).mappings():
        by_run.setdefault(row["run_id"], []).append(SegmentStep(**row))
    line: list[SegmentStep] = []
    following: str | None = run_id
    while following in by_run:
        steps = by_run.pop(following)
        line += steps
        following = steps[0].before_run_id
    return line


def run_of_last(connection: Connection) -> str:
    """The run of the version that was registered last; nothing where there is none."""
    query = select(SegmentStep.run_id).order_by(SegmentStep.seq.desc()).limit(1)
    return connection.scalar(query) or ""


def _number(key: str) -> int:
    number = key.removeprefix(PREFIX)
    return int(number) if number.isdecimal() else 0
