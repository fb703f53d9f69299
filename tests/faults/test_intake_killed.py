"""Live events: what was acknowledged outlives the process, and what is sent again counts once."""

from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store
from tests.faults import jobs
from tests.faults.events import EVENTS_A_CALL, call
from tests.faults.killing import Running, kill_often, seconds_of
from tests.faults.states import acknowledged_and_kept, numbers

CALLS = 25


@pytest.mark.slow
def test_acknowledged_events_outlive_the_process_and_count_once(
    settings: Settings, store: Store, folder: Path
) -> None:
    """A caller sends what was not acknowledged again; a call is kept whole or not at all."""
    receipts = folder / "receipts.txt"
    given = {"home": settings.home, "database_url": settings.database_url}
    begun: list[int] = []

    def start() -> Running:
        first = len(receipts.read_text().splitlines()) if receipts.exists() else 0
        begun.append(first)
        return Running(jobs.take, given, receipts, first, first + CALLS)

    def after() -> str:
        acknowledged = [int(line) for line in receipts.read_text().splitlines()] if receipts.exists() else []
        assert acknowledged == list(range(len(acknowledged)))
        kept = acknowledged_and_kept(store)
        sent = {event.event_id for number in acknowledged for event in call(number)}
        under_way = {event.event_id for event in call(len(acknowledged))}
        assert set(kept) in (sent, sent | under_way)
        assert set(kept.values()) <= {1}
        assert numbers(store) == list(range(1, len(kept) + 1))
        if len(acknowledged) == begun[-1]:
            return "before the first receipt"
        return "kept and not acknowledged" if set(kept) == sent | under_way else "between two calls or in one"

    stages = kill_often(start, after, seconds=seconds_of(start))
    assert stages["between two calls or in one"] >= 10, stages
    start().wait()
    assert len(acknowledged_and_kept(store)) == len(receipts.read_text().splitlines()) * EVENTS_A_CALL
