"""What is watched by itself each night: what was served is computed again, and a window that is over is looked at.

It costs nothing where nothing was served: who scores in batches runs `tagloop drift` on a schedule.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, func, select

from core.clock import Clock, add_days
from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from monitoring.served_rows import LEAST_SERVED
from monitoring.tables import DriftWindow, ParityRun, ServedPrediction
from tags.taxonomy import Taxonomy

FIRST_LOOK = timedelta(days=1)

_log = structlog.get_logger("tagloop.monitoring")


def nightly(settings: Settings, store: Store, taxonomy: Taxonomy, clock: Clock) -> None:
    """Do what is due; what fails is logged and tried again the next night."""
    now = clock.now()
    for name, step in (("parity", replay_what_was_served), ("drift", check_what_was_served)):
        try:
            step(settings, store, taxonomy, now)
        except TagloopError as error:
            _log.warning("not_watched", what=name, reason=str(error))


def replay_what_was_served(settings: Settings, store: Store, taxonomy: Taxonomy, now: datetime) -> None:
    """Compute again a sample of what was served since the last time; nothing where nothing was."""
    with store.read() as connection:
        since = connection.scalar(select(func.max(ParityRun.until))) or now - FIRST_LOOK
        served = _count(connection, since, now)
    if not served:
        return
    from monitoring.parity import replay_served  # noqa: PLC0415 (loads the lake, which a quiet night does not need)

    found = replay_served(settings, store, taxonomy, since=since, until=now)
    log = _log.error if found.problem else _log.info
    log("parity", compared=found.compared, differing=found.differing, problem=str(found.problem or ""))


def check_what_was_served(settings: Settings, store: Store, taxonomy: Taxonomy, now: datetime) -> None:
    """Look at the window that ends now if the last one that was looked at is over, and enough was served in it."""
    began_at = add_days(now, -settings.window_days, settings.zone)
    with store.read() as connection:
        last = connection.scalar(select(func.max(DriftWindow.ended_at)))
        served = _count(connection, began_at, now)
    if served < LEAST_SERVED or (last is not None and last > began_at):
        return
    from monitoring.check import check  # noqa: PLC0415 (seconds of import)

    checked = check(settings, store, taxonomy)
    _log.info(
        "drift", status=checked.kept.status, act=checked.verdict.act, because=str(checked.verdict.because)
    )


def _count(connection: Connection, since: datetime, until: datetime) -> int:
    query = select(func.count(func.distinct(ServedPrediction.customer_id))).where(
        ServedPrediction.as_of >= since, ServedPrediction.as_of < until
    )
    return connection.scalar(query) or 0
