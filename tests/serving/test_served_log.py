"""What was served is noted once a customer and day, a random sample where there are many, and comes back to the bit."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from core.clock import FixedClock
from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from monitoring.served_rows import WORDS, unpack
from monitoring.tables import ServedPrediction
from serving.served_log import UNKNOWN, UNSURE_ROUNDS, ServedLog
from serving.snapshot import Snapshot, load_snapshot
from serving.win_back.scoring import rows_of
from tags.taxonomy import load_taxonomy
from tests.serving.conftest import CUSTOMERS, END, Home

EVERYBODY = [f"c{number}" for number in range(CUSTOMERS)]


class World:
    """A home's store and snapshot, with a log."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings)
        self.snapshot: Snapshot = load_snapshot(settings, self.store, load_taxonomy(settings.taxonomy))
        self.log = ServedLog(settings, self.store, FixedClock(END))

    def serve(self, names: list[str], as_of: datetime = END) -> Any:
        found, rows = rows_of(self.store, self.snapshot, names, as_of)
        said = self.snapshot.said_of(rows)
        self.log.note(self.snapshot, found, rows, said, as_of)
        return self.snapshot.wanted(rows), said

    def written(self) -> list[Any]:
        self.log.write()
        with self.store.read() as connection:
            return list(connection.execute(select(ServedPrediction.__table__).order_by(ServedPrediction.seq)))


@pytest.fixture
def world(trained_home: Home, tmp_path: Path) -> Iterator[World]:
    made = World(trained_home.copy_to(tmp_path / "shop").settings)
    yield made
    made.store.close()


def limited(world: World, per_day: int) -> None:
    settings = world.settings.model_copy(update={"served_log_per_day": per_day})
    world.log = ServedLog(settings, world.store, FixedClock(END))


def test_what_was_served_comes_back_to_the_bit(world: World) -> None:
    wanted, said = world.serve(EVERYBODY[:5])
    rows = world.written()
    assert [row.customer_id for row in rows] == EVERYBODY[:5]
    for place, row in enumerate(rows):
        np.testing.assert_array_equal(unpack(row.features, wanted.shape[1]), wanted[place])
        probabilities = unpack(row.probabilities, len(world.snapshot.release.facts.tags))
        np.testing.assert_array_equal(probabilities, said.predictions.interest[place])
        promises = world.snapshot.wording.promises.at(END)
        expected = [
            one.decide(p) if p >= entry.floor else "withhold"
            for one, p, entry in zip(promises, probabilities, world.snapshot.release.facts.tags, strict=True)
        ]
        assert [WORDS[letter] for letter in row.decisions] == expected
        assert (row.as_of, row.release_id) == (END, world.snapshot.release.release_id)
        assert (row.churn is not None) == said.is_active[place]


def test_a_customer_is_noted_once_a_day(world: World) -> None:
    for hours in (0, 1, 25):
        world.serve(["c1", "c2"], END + timedelta(hours=hours))
    assert [(row.customer_id, row.day.day) for row in world.written()] == [
        ("c1", 1),
        ("c2", 1),
        ("c1", 2),
        ("c2", 2),
    ]


def test_more_customers_than_wanted_leave_those_with_the_least_draws(world: World) -> None:
    world.serve(EVERYBODY)
    everybody = {row.customer_id: row.draw for row in world.written()}
    limited(world, 20)
    with world.store.write() as connection:
        connection.execute(delete(ServedPrediction))
    for name in EVERYBODY:  # some are written before the share is halved
        world.serve([name])
        if name == EVERYBODY[40]:
            world.written()
    kept = {row.customer_id for row in world.written()}
    assert 0 < len(kept) <= 20
    assert kept == set(sorted(everybody, key=everybody.__getitem__)[: len(kept)])


def test_a_log_of_nothing_notes_nothing(world: World) -> None:
    limited(world, 0)
    world.serve(EVERYBODY[:3])
    assert world.written() == []


def test_rows_around_a_load_are_not_to_be_computed_again(world: World) -> None:
    knew = []
    for number in range(2 * UNSURE_ROUNDS + 4):
        if number == UNSURE_ROUNDS + 2:
            with world.store.write() as connection:
                counters.advance(connection, "catalogue")
        world.serve([EVERYBODY[number]])
        knew.append(world.written()[-1].knew)
    changed = UNSURE_ROUNDS + 2
    assert knew[:UNSURE_ROUNDS] == [UNKNOWN] * UNSURE_ROUNDS
    assert UNKNOWN not in knew[UNSURE_ROUNDS:changed]
    assert knew[changed : changed + UNSURE_ROUNDS] == [UNKNOWN] * UNSURE_ROUNDS
    assert knew[-1] not in {UNKNOWN, knew[changed - 1]}


def test_what_is_older_than_kept_goes(world: World) -> None:
    days = world.settings.served_log_days
    world.serve(["c1"], END - timedelta(days=days, hours=1))
    world.serve(["c2"], END - timedelta(days=days - 1))
    assert [row.customer_id for row in world.written()] == ["c2"]


def test_a_store_that_is_away_costs_no_note(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.serve(["c1", "c2"])
    write = world.store.write
    monkeypatch.setattr(world.store, "write", lambda: (_ for _ in ()).throw(OSError("away")))
    with pytest.raises(OSError, match="away"):
        world.log.write()
    monkeypatch.setattr(world.store, "write", write)
    assert {row.customer_id for row in world.written()} == {"c1", "c2"}


def test_an_answer_does_not_fail_with_its_note(world: World) -> None:
    found, rows = rows_of(world.store, world.snapshot, ["c1"], END)
    world.log.note(world.snapshot, [*found, "one too many"], rows, world.snapshot.said_of(rows), END)
    assert [row.customer_id for row in world.written()] in ([], ["c1"])
