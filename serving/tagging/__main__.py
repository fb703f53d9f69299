"""What a server has done beside itself, at a low priority; the settings come as a line of JSON on standard input.

`everybody` works everybody out once where that is due, and then what tags are worth; `touched` looks after customers
whom something touched. Either ends at once when standard input does, as it does with the server: what is half done is
done by the next.
"""

import os
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Thread

from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store, open_store
from monitoring.nightly import nightly
from serving.logs import configure
from serving.reviewing.doubting import look_for_errors
from serving.tag_report.daily import report_of_the_day
from serving.tagging.looking_after import look_after_touched
from serving.tagging.refreshing import refresh
from serving.win_back.desk import NICENESS
from tags.catalogue.taking import look


def main() -> None:
    """Do what the argument says."""
    settings = Settings.model_validate_json(sys.stdin.buffer.readline())
    configure()
    Thread(target=_end_with_the_server, daemon=True).start()
    with ThreadPoolExecutor(1, "tagloop-writer") as writer:
        # Linux gives each thread a priority: the one that writes keeps the server's, since whoever waits for its turn
        # to write waits for that thread.
        writer.submit(int).result()
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        store = open_store(settings)
        try:
            {"everybody": _everybody, "touched": look_after_touched}[sys.argv[1]](settings, store, writer)
        except TagloopError as error:
            sys.exit(str(error))
        finally:
            store.close()


def _everybody(settings: Settings, store: Store, writer: Executor) -> None:
    """Where another process does so, there is nothing to do."""
    clock = settings.make_clock()
    refresh(settings, store, clock, wait=False, writer=writer)
    if report_of_the_day(settings, store, clock):
        look_for_errors(settings, store, clock.now())
    nightly(settings, store, look(settings, store), clock)


def _end_with_the_server() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing comes
    os._exit(0)


if __name__ == "__main__":
    main()
