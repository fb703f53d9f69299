"""An import of tags, and its undoing, killed at the bounds of their stages: each word counts once, none is lost."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from core.settings import Settings
from core.storage import Store
from features.tables import Customer
from tags.imports.record import Kept, imports
from tags.imports.tables import HeldTag
from tags.profile.reading import profile_at
from tags.profile.tables import ClaimRow
from tests.faults import jobs
from tests.faults.killing import Running
from tests.faults.moments import Moment

KNOWN, ROWS, AT_ONCE = 30, 60, 20
MOMENTS = (
    Moment("before", "tags.imports.importing:begin"),
    Moment("after", "tags.imports.importing:begin"),
    Moment("before", "tags.imports.importing:put"),
    Moment("after", "tags.imports.importing:put"),
    Moment("after", "tags.imports.importing:hold"),
    Moment("after", "tags.imports.importing:save"),
    Moment("before", "tags.imports.importing:put", call=2),
    Moment("after", "tags.imports.importing:put", call=2),
    Moment("after", "tags.imports.importing:hold", call=3),
    Moment("after", "tags.imports.importing:save", call=3),
    Moment("after", "tags.imports.importing:save", call=4),
)
OF_UNDOING = (
    Moment("after", "tags.imports.undoing:save"),
    Moment("before", "tags.imports.undoing:put"),
    Moment("after", "tags.imports.undoing:put"),
    Moment("after", "tags.imports.undoing:put", call=2),
)


@dataclass(frozen=True)
class State:
    """What the store has of the imports."""

    kept: Kept | None
    claims: int
    held: int
    carried: int


def state(store: Store) -> State:
    with store.read() as connection:
        found = imports(connection)
        assert len(found) <= 1, "one import, however often it was killed"
        claims = connection.scalar(select(func.count()).select_from(ClaimRow)) or 0
        held = connection.scalar(select(func.count()).select_from(HeldTag)) or 0
        profiles = profile_at(connection, [f"c{number}" for number in range(KNOWN)], jobs.NOW)
    return State(found[0] if found else None, claims, held, sum(map(len, profiles.values())))


@pytest.fixture
def file(tmp_path: Path, store: Store) -> Path:
    """Every second row is about a customer whom nobody knows."""
    with store.write() as connection:
        known = [{"customer_id": f"c{number}", "first_seen_at": jobs.NOW} for number in range(KNOWN)]
        connection.execute(insert(Customer), known)
    rows = [
        f"{'cn'[number % 2]}{number // 2},{'coffee' if number % 4 < 2 else 'tea'}" for number in range(ROWS)
    ]
    path = tmp_path / "tags.csv"
    path.write_text("customer_id,tag\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_killed_import_goes_on_when_the_file_is_imported_again(
    settings: Settings, store: Store, file: Path, moment: Moment
) -> None:
    given = {"home": settings.home, "database_url": settings.database_url}
    Running(jobs.import_tags, given, file, AT_ONCE, dies=moment).dies()
    half = state(store)
    if half.kept is not None:  # what the record says is what is there: whole transactions and nothing else
        assert half.kept.through_line % AT_ONCE == 0
        assert half.kept.tally.counts == Counter(
            {name: count for name, count in (("applied", half.claims), ("held", half.held)) if count}
        )
    Running(jobs.import_tags, given, file, AT_ONCE).wait()
    whole = state(store)
    assert whole.kept is not None
    assert whole.kept.state == "done"
    assert (whole.claims, whole.held, whole.carried) == (KNOWN, ROWS - KNOWN, KNOWN)
    assert whole.kept.tally.counts == {"applied": KNOWN, "held": ROWS - KNOWN}


@pytest.mark.slow
@pytest.mark.parametrize("moment", OF_UNDOING, ids=str)
def test_a_killed_undoing_is_completed_by_the_next(
    settings: Settings, store: Store, file: Path, moment: Moment
) -> None:
    given = {"home": settings.home, "database_url": settings.database_url}
    Running(jobs.import_tags, given, file, AT_ONCE).wait()
    done = state(store).kept
    assert done is not None
    Running(jobs.undo_import, given, done.import_id, AT_ONCE // 2, dies=moment).dies()
    Running(jobs.undo_import, given, done.import_id, AT_ONCE // 2).wait()
    undone = state(store)
    assert undone.kept is not None
    assert undone.kept.state == "undone"
    assert (undone.claims, undone.held, undone.carried) == (KNOWN, 0, 0)
