"""Makes a new list of customers at risk when there is none of today's: one process at a time in a home."""

from datetime import datetime

from filelock import FileLock

from core.settings import Settings
from core.storage import Store
from serving.snapshot import Snapshot
from serving.win_back import lists
from serving.win_back.lists import Listed
from serving.win_back.scoring import Progress, score_active

LOCK_FILE = "churn_list.lock"


def current(settings: Settings, store: Store, snapshot: Snapshot, now: datetime) -> Listed | None:
    """The list that these models made on the shop's present day."""
    found = of_models(store, snapshot, now)
    return found if found is not None and _is_of_today(settings, found, now) else None


def of_models(store: Store, snapshot: Snapshot, now: datetime) -> Listed | None:
    """The newest list of these models, of whatever day."""
    with store.read() as connection:
        return lists.newest(connection, snapshot.release.release_id, now)


def make(
    settings: Settings,
    store: Store,
    snapshot: Snapshot,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> Listed:
    """Today's list of these models: the one that is there, or a new one as of now.

    Raises:
        NotReadyError: The release has no churn model.
    """
    with FileLock(settings.home / LOCK_FILE), store.turn(LOCK_FILE):
        found = current(settings, store, snapshot, now)
        if found is None:
            scores = score_active(store, snapshot, now, progress)
            found = lists.keep(store, scores, snapshot.release.release_id)
    return found


def _is_of_today(settings: Settings, found: Listed, now: datetime) -> bool:
    made, present = (instant.astimezone(settings.zone).date() for instant in (found.as_of, now))
    return made == present
