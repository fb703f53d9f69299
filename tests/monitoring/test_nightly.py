"""Each night what was served is computed again, and nothing is done where nothing was served."""

from datetime import timedelta

from sqlalchemy import func, select

from monitoring.nightly import check_what_was_served, nightly, replay_what_was_served
from monitoring.tables import DriftWindow, ParityRun
from tests.monitoring.conftest import EVERYBODY, World
from tests.serving.conftest import END

DAY = timedelta(days=1)


def counted(world: World) -> tuple[int, int]:
    """How many replays and windows there are."""
    with world.store.read() as connection:
        replays = connection.scalar(select(func.count()).select_from(ParityRun))
        windows = connection.scalar(select(func.count()).select_from(DriftWindow))
    return replays or 0, windows or 0


def test_a_night_after_a_day_without_calls_does_nothing(world: World) -> None:
    nightly(world.settings, world.store, world.taxonomy, world.settings.make_clock())
    assert counted(world) == (0, 0)


def test_what_was_served_since_the_last_night_is_computed_again_once(world: World) -> None:
    first, second = world.at(END + DAY / 2), world.at(END + DAY)
    first.serve([END])
    for _ in range(2):
        nightly(first.settings, first.store, first.taxonomy, first.settings.make_clock())
    assert counted(world) == (1, 0)  # ninety customers are too few for a window
    second.serve([END + DAY - timedelta(hours=1)])
    replay_what_was_served(second.settings, second.store, second.taxonomy, END + DAY)
    with world.store.read() as connection:
        last = connection.execute(select(ParityRun.__table__).order_by(ParityRun.until.desc())).first()
    assert last is not None
    assert (last.since, last.until, last.differing) == (END + DAY / 2, END + DAY, 0)
    assert last.compared <= len(EVERYBODY)


def test_a_window_that_lasts_is_not_looked_at_again(world: World) -> None:
    world.check()
    check_what_was_served(world.settings, world.store, world.taxonomy, END)
    assert counted(world) == (0, 1)


def test_a_home_without_a_model_is_left_in_peace(world: World) -> None:
    (world.settings.releases_path / "CURRENT").unlink()
    nightly(world.settings, world.store, world.taxonomy, world.settings.make_clock())
    assert counted(world) == (0, 0)
