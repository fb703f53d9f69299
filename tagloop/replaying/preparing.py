"""Makes a replay's home and trains its models from what was known when it begins."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import midnight
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from core.storage.engine import look_into_store
from features.lake import Lake
from features.source import open_source
from tagloop.replaying.asked import Asked, checked
from tagloop.replaying.held_back import HeldBack
from tagloop.replaying.home import make_home, replay_settings
from tagloop.replaying.replay import Replay
from tagloop.replaying.truth import Truth, read_truth
from tags.catalogue.taking import look, settle
from tags.taxonomy import Taxonomy

Train = Callable[[Settings, Store, Taxonomy, datetime], str | None]
"""Trains until an instant and gives the release that serves, None if none passed the gates."""


@dataclass(frozen=True)
class Original:
    """The home that is replayed, open to be read.

    Attributes:
        settings: Of it.
        store: Of it; nothing is written to it.
        lake: Of it.
        taxonomy: Its tags.
    """

    settings: Settings
    store: Store
    lake: Lake
    taxonomy: Taxonomy

    def data_ends(self) -> datetime:
        """The local midnight after its last event.

        Raises:
            NotReadyError: There is none.
        """
        last = HeldBack(self.lake, self.lake.version()).ends_at()
        if last is None:
            raise NotReadyError("There are no events yet: load data first with `tagloop ingest MAPPING`")
        zone = self.settings.zone
        return midnight(last.astimezone(zone).date() + timedelta(days=1), zone)

    def truth(self, told_until: datetime) -> Truth:
        """What its events and facts tell."""
        source = open_source(self.settings, self.store, self.taxonomy.groups, targets=self.taxonomy.targets)
        return read_truth(source, self.store, self.taxonomy, self.settings.horizon_days, told_until)


@contextmanager
def original(settings: Settings) -> Iterator[Original]:
    """The home of those settings.

    Raises:
        NotReadyError: Nothing was loaded into it.
    """
    store = look_into_store(settings)
    try:
        yield Original(settings, store, Lake(settings.lake_path), look(settings, store))
    finally:
        store.close()


@contextmanager
def prepared(home: Original, asked: Asked, folder: Path, train: Train) -> Iterator[Replay]:
    """A replay whose models were trained until it begins.

    Raises:
        InvalidInputError: An option is wrong; nothing was made.
        ConflictError: There is something in the folder.
        NotReadyError: Nothing was known by then, or no model passed the gates.
    """
    data_ends = home.data_ends()
    asked = checked(asked, data_ends)
    settings = replay_settings(home.settings, folder)
    held_back = HeldBack(home.lake, home.lake.version(), asked.share)
    with ExitStack() as stack:
        store = make_home(settings, home.store, held_back, asked.began)
        stack.callback(store.close)
        taxonomy = settle(settings, store, settings.make_clock())
        if train(settings, store, taxonomy, asked.began) is None:
            raise NotReadyError(
                "--from: no model that was trained until {day} passed the gates; name a later day",
                day=asked.began.date(),
            )
        yield Replay(asked, settings, store, held_back, home.truth(data_ends))
