"""What a server has done beside itself, at a low priority; the settings come as a line of JSON on standard input.

`everybody` works everybody out once where that is due; `touched` looks after touched customers until standard input
ends, which it does with the server.
"""

import os
import sys
from threading import Event, Thread

from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store, open_store
from serving.tagging.looking_after import look_after_touched
from serving.tagging.refreshing import refresh
from serving.win_back.desk import NICENESS


def main() -> None:
    """Do what the argument says."""
    settings = Settings.model_validate_json(sys.stdin.buffer.readline())
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    store = open_store(settings)
    try:
        {"everybody": _everybody, "touched": _touched}[sys.argv[1]](settings, store)
    except TagloopError as error:
        sys.exit(str(error))
    finally:
        store.close()


def _everybody(settings: Settings, store: Store) -> None:
    """Where another process does so, there is nothing to do."""
    refresh(settings, store, settings.make_clock(), wait=False)


def _touched(settings: Settings, store: Store) -> None:
    stopping = Event()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        stopping.set()

    Thread(target=wait_for_the_end, daemon=True).start()
    look_after_touched(settings, store, stopping)


if __name__ == "__main__":
    main()
