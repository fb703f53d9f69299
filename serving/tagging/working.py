"""Works out what models and rules say of some customers, and writes only what differs from what stands."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from filelock import FileLock
from sqlalchemy import Connection

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from core.storage.room import room_after
from serving.snapshot import Snapshot
from serving.tagging.asking import ask_models, ask_rules
from serving.tagging.writing import write_models, write_rules
from tags.current import Current
from tags.profile.book import Written
from tags.workings import Workings

CUSTOMERS_A_TURN = 16
"""Are written in one transaction: an event that comes meanwhile waits for its end."""

LOCK_FILE = "tags_at_work.lock"

Write = Callable[[Connection, Sequence[str]], Written]


class _Redefined(Exception):  # noqa: N818 (it is no error: the work is done again)
    """Definitions changed while customers were worked out with those before."""


@dataclass(frozen=True, eq=False)
class Worker:
    """Works customers out, some at a time; whoever does so takes turns with the others of the store.

    All is worked out while others write; what differs is then written in short turns.

    Attributes:
        snapshot: None before the first training: then models say nothing, and what they said stands.
        writer: Carries out the turns, where whoever works has a lower priority than those who wait for their turn.
    """

    settings: Settings
    store: Store
    clock: Clock
    current: Current
    snapshot: Snapshot | None
    writer: Executor | None = None

    def work_out(self, names: Sequence[str], *, resettled: bool = False) -> Written:
        """Make the claims of models and rules about those customers what they say now.

        Whoever sends events meanwhile does not wait: a customer who was touched while models or rules looked keeps
        what stands and the mark, and is looked at again. With `resettled` all their claims are weighed anew, as after a
        change of definitions.
        """
        with one_at_a_time(self.settings, self.store):
            while True:
                try:
                    return self._work_out(names, resettled=resettled)
                except _Redefined:
                    continue

    def _work_out(self, names: Sequence[str], *, resettled: bool) -> Written:
        workings, written = self.current.refresh(), Written()
        looked, models = ask_models(self.store, self.clock, self.snapshot, names, workings)
        if models is not None:
            write = partial(write_models, models=models, looked=looked, workings=workings)
            written += self._in_turns(names, workings, write)
        foretold = models.foretold if models else None
        again, rules = ask_rules(self.store, self.clock, names, foretold, workings)
        return written + self._in_turns(
            [name for name in names if resettled or rules.concerns(name)],
            workings,
            partial(
                write_rules, rules=rules, looked=again, seen=looked, workings=workings, resettled=resettled
            ),
        )

    def _in_turns(self, names: Sequence[str], workings: Workings, write: Write) -> Written:
        """Write some customers at a time, and let others write between; each turn with the same definitions."""
        written = Written()
        for start in range(0, len(names), CUSTOMERS_A_TURN):
            some = names[start : start + CUSTOMERS_A_TURN]
            with room_after():
                if self.writer is None:
                    written += self._turn(some, workings, write)
                else:
                    written += self.writer.submit(self._turn, some, workings, write).result()
        return written

    def _turn(self, names: Sequence[str], workings: Workings, write: Write) -> Written:
        with self.store.write() as connection:
            if self.current.at(connection) is not workings:
                raise _Redefined
            return write(connection, names)


@contextmanager
def one_at_a_time(settings: Settings, store: Store) -> Iterator[None]:
    """One worker at a time in a store: who looked first also writes first."""
    with FileLock(settings.home / LOCK_FILE), store.turn(LOCK_FILE):
        yield
