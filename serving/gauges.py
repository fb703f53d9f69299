"""How things stand in a server: which models serve, and how far the lake is behind the store."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock, OffsetClock, from_us
from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from features import counters
from features.tables import RecentEvent
from models.release_read import CURRENT_FILE
from serving.live import Live

_WALL = OffsetClock()  # files are dated by the machine, whatever the shop's clock says


def gauges(settings: Settings, store: Store, clock: Clock, live: Live) -> Iterator[GaugeMetricFamily]:
    """All of them; when the store does not answer, `tagloop_store_up` says so and its figures are left out."""
    yield from _of_models(settings, live)
    try:
        with store.read() as connection:
            found = list(_of_queue(connection, clock.now()))
    except (SQLAlchemyError, TagloopError):
        found = []
    yield GaugeMetricFamily("tagloop_store_up", "1 when the store answers", value=float(bool(found)))
    yield from found


def _of_models(settings: Settings, live: Live) -> Iterator[GaugeMetricFamily]:
    info = GaugeMetricFamily(
        "tagloop_model_info", "1 for each model that serves", labels=["part", "name", "version", "release_id"]
    )
    snapshot = live.maybe_snapshot
    if snapshot is not None:
        for part, origin in snapshot.release.facts.origins.items():
            info.add_metric([part, origin.name, str(origin.version), snapshot.release.release_id], 1.0)
    yield info
    yield GaugeMetricFamily(
        "tagloop_release_stale",
        "1 when the newest release cannot be loaded",
        value=float(live.problem is not None),
    )
    current = settings.releases_path / CURRENT_FILE
    if current.exists():
        age = _WALL.now().timestamp() - current.stat().st_mtime
        yield GaugeMetricFamily(
            "tagloop_release_age_seconds", "Since a release was last made current", value=max(age, 0.0)
        )


def _of_queue(connection: Connection, now: datetime) -> Iterator[GaugeMetricFamily]:
    flushed = counters.value(connection, "flushed")
    waiting = counters.value(connection, "accepted") - flushed
    yield GaugeMetricFamily(
        "tagloop_events_waiting", "Events accepted and not yet moved to the lake", value=float(waiting)
    )
    oldest = connection.scalar(
        select(RecentEvent.payload).where(RecentEvent.seq > flushed).order_by(RecentEvent.seq).limit(1)
    )
    lag = (now - from_us(oldest["received_at"])).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily(
        "tagloop_flush_lag_seconds", "How long the oldest of them has waited", value=max(lag, 0.0)
    )
