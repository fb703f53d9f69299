"""A shop's home with a release, open to be watched; see `tests.serving.conftest` for the shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.clock import FixedClock
from core.settings import Settings
from core.storage import Store, open_store
from features.contract import Event
from features.intake import accept
from monitoring.check import Checked, check_weeks
from serving.served_log import UNSURE_ROUNDS, ServedLog
from serving.snapshot import Snapshot, load_snapshot
from serving.win_back.scoring import rows_of
from tags.taxonomy import Taxonomy, load_taxonomy
from tests.serving.conftest import CUSTOMERS, END, Home, bare_home, trained_home

__all__ = ["bare_home", "trained_home"]

EVERYBODY = [f"c{number}" for number in range(CUSTOMERS)]


@dataclass(frozen=True)
class World:
    """A home whose clock stands at an instant."""

    settings: Settings
    store: Store
    taxonomy: Taxonomy

    def at(self, instant: datetime, **more: Any) -> "World":
        settings = self.settings.at(instant).model_copy(update=more)
        return World(settings, self.store, self.taxonomy)

    def check(self, weeks: int = 1, until: datetime | None = None) -> list[Checked]:
        return check_weeks(self.settings, self.store, self.taxonomy, weeks=weeks, until=until)

    def accept(self, events: Sequence[Event]) -> None:
        accept(self.store, events, now=self.settings.make_clock().now())

    def snapshot(self) -> Snapshot:
        return load_snapshot(self.settings, self.store, self.taxonomy)

    def serve(self, instants: Sequence[datetime], names: Sequence[str] = EVERYBODY) -> None:
        """Answer about those customers as of each instant, and keep what was served."""
        snapshot = self.snapshot()
        log = ServedLog(self.settings, self.store, FixedClock(instants[-1]))
        for number in range(UNSURE_ROUNDS):
            log.note(
                snapshot, [f"nobody {number}"], *_rows(self.store, snapshot, ["c0"], instants[0]), instants[0]
            )
            log.write()
        for instant in instants:
            log.note(snapshot, names, *_rows(self.store, snapshot, names, instant), instant)
            log.write()


def _rows(store: Store, snapshot: Snapshot, names: Sequence[str], as_of: datetime) -> tuple[Any, Any]:
    _, rows = rows_of(store, snapshot, names, as_of)
    return rows, snapshot.said_of(rows)


@pytest.fixture
def world(trained_home: Home, tmp_path: Path) -> Iterator[World]:
    settings = trained_home.copy_to(tmp_path / "shop").settings.at(END)
    store = open_store(settings)
    yield World(settings, store, load_taxonomy(settings.taxonomy))
    store.close()
