"""What most commands need: settings, the open store, the clock, the taxonomy."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

from pydantic import ValidationError

from core.clock import Clock, midnight, parse_instant
from core.errors import InvalidInputError
from core.settings import Settings
from core.storage import Store, open_store
from core.wrong_values import field_errors
from tags.catalogue.taking import look, settle
from tags.taxonomy import Taxonomy

NOW = "now"


@dataclass(frozen=True)
class Session:
    """The parts of one installation, open for one command."""

    settings: Settings
    store: Store
    clock: Clock
    read_tags: Callable[[], Taxonomy]

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The store's tags, read when a command first asks: it is then that a changed file of tags is taken over."""
        return self.read_tags()

    @property
    def taxonomy_as_it_is(self) -> Taxonomy:
        """What `taxonomy` would be, with nothing written."""
        return look(self.settings, self.store)

    def instant(self, text: str, *, field: str) -> datetime:
        """The instant that an option names; `now` is the beginning of the shop's present day.

        Raises:
            InvalidInputError: It is no date, or it lies after the clock.
        """
        now = self.clock.now()
        if text == NOW:
            return default_until(self.settings, now)
        instant = parse_instant(text, self.settings.zone, field=field)
        if instant > now:
            raise InvalidInputError(
                "{field}: {instant} lies after the clock, which says {now}",
                field=field,
                instant=instant.isoformat(),
                now=now.isoformat(),
            )
        return instant


def read_settings() -> Settings:
    """The settings of the environment and the home.

    Raises:
        InvalidInputError: One of them is wrong; each is named.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidInputError(
            "The settings are wrong: look at the TAGLOOP_ variables and at tagloop.toml in the home",
            fields=field_errors(error, whole="settings"),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "tagloop.toml in the home is no valid TOML: {problem}", problem=error
        ) from None


def default_until(settings: Settings, now: datetime) -> datetime:
    """The beginning of the shop's present day: whole days only, so a training can be repeated."""
    return midnight(now.astimezone(settings.zone).date(), settings.zone)


@contextmanager
def open_session(settings: Settings | None = None) -> Iterator[Session]:
    """A session over the settings; the store is closed at the end."""
    settings = settings or read_settings()
    store, clock = open_store(settings), settings.make_clock()
    try:
        yield Session(settings, store, clock, partial(settle, settings, store, clock))
    finally:
        store.close()
