"""Keeps the snapshot current and moves live events to the lake, in one background thread."""

import time
from collections.abc import Sequence

import structlog

from core.errors import NotReadyError, TagloopError
from core.settings import Settings
from core.storage import Store
from features import counters
from features.catalogue import CatalogueItem
from features.flush import flush
from features.lake import Lake, LakeBusyError
from features.recovery import recover
from serving.loop import LOOK_SECONDS, Loop, attempt
from serving.served_log import ServedLog
from serving.snapshot import Snapshot, Versions, load_snapshot, load_tags, read_versions
from serving.tag_uses import TagUses
from tags.current import Current
from tags.imports.held import apply_all_held
from tags.taxonomy import Taxonomy

_log = structlog.get_logger("tagloop.serving")


class Live:
    """The current snapshot; replaced as a whole, so a request sees one release from start to end.

    Attributes:
        taxonomy: The tags as they are defined now.
        problem: Why the newest release is not the one that serves, if it is not.
    """

    def __init__(self, settings: Settings, store: Store, current: Current) -> None:
        self._settings = settings
        self._store = store
        self._current = current
        self._snapshot: Snapshot | None = None
        self._versions: Versions | None = None
        self.taxonomy: Taxonomy = load_tags(settings, store)
        self.problem: TagloopError | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The release that serves.

        Raises:
            NotReadyError: Nothing was promoted yet.
        """
        if self._snapshot is None:
            raise self.problem or NotReadyError("No model has been promoted yet: run `tagloop train`")
        return self._snapshot

    @property
    def maybe_snapshot(self) -> Snapshot | None:
        """The release that serves, if there is one."""
        return self._snapshot

    def refresh(self) -> None:
        """Load what changed; what cannot be loaded leaves the snapshot as it was, and `problem` says why."""
        versions = read_versions(self._settings, self._store)
        if versions == self._versions:
            return
        try:
            self.taxonomy = load_tags(self._settings, self._store)
            before = (
                self._snapshot if self._versions and versions.catalogue == self._versions.catalogue else None
            )
            self._snapshot = load_snapshot(
                self._settings,
                self._store,
                self.taxonomy,
                features=before.features if before else None,
                items=None if before else self._items(versions),
            )
            self.problem = None
        except TagloopError as error:
            self.problem = error
            _log.warning("release_not_loaded", reason=str(error))
        self._versions = versions

    def _items(self, versions: Versions) -> Sequence[CatalogueItem] | None:
        """The catalogue's items where the workings of rules have read the same."""
        workings = self._current.refresh()
        return workings.items if workings.versions.catalogue == versions.catalogue else None


class Background:
    """Refreshes and flushes until it is stopped, then flushes once more."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        lake: Lake,
        live: Live,
        uses: TagUses,
        served: ServedLog,
    ) -> None:
        self._settings = settings
        self._store = store
        self._lake = lake
        self._live = live
        self._uses = uses
        self._served = served
        self._is_recovered = False
        self._next_flush = time.monotonic() + settings.flush_seconds
        self._loads_seen = -1
        self._loop = Loop("tagloop-background", self._go_round, at_end=self._write_down)

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def stop(self) -> None:
        """Wait until the last live events are in the lake."""
        self._loop.stop()

    def _go_round(self) -> float:
        if not self._is_recovered:
            attempt("recovery_failed", lambda: recover(self._settings, self._store, self._lake))
            self._is_recovered = True
        attempt("refresh_failed", self._live.refresh)
        attempt("held_tags_not_applied", self._apply_held)
        if time.monotonic() >= self._next_flush:
            self._write_down()
            self._next_flush = time.monotonic() + self._settings.flush_seconds
        return min(LOOK_SECONDS, max(self._next_flush - time.monotonic(), 0.01))

    def _write_down(self) -> None:
        """Move events to the lake, and what was counted in memory to the store."""
        attempt("flush_failed", self._flush)
        attempt("uses_not_written", self._uses.write)
        attempt("served_not_written", self._served.write)

    def _apply_held(self) -> None:
        """Imported tags whose customers a load has brought: the load applies them itself, unless it was killed."""
        with self._store.read() as connection:
            loads = counters.value(connection, "bulk")
        if loads != self._loads_seen:
            now = self._settings.make_clock().now()
            apply_all_held(self._store, taxonomy=self._live.taxonomy, now=now)
            self._loads_seen = loads

    def _flush(self) -> None:
        try:
            while flush(self._store, self._lake, wait_seconds=LOOK_SECONDS):
                pass
        except LakeBusyError:
            pass  # a load or another server writes to the lake; the next round tries again
