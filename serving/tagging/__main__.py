"""Works everybody's tags out for a server, and what tags are worth; the settings come as JSON on standard input."""

import os
import sys

from core.errors import TagloopError
from core.settings import Settings
from core.storage import open_store
from serving.tag_report.daily import report_of_the_day
from serving.tagging.refreshing import refresh
from serving.win_back.desk import NICENESS


def main() -> None:
    """Do so, at a low priority; where another process does, there is nothing to do."""
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    store = open_store(settings)
    try:
        clock = settings.make_clock()
        refresh(settings, store, clock, wait=False)
        report_of_the_day(settings, store, clock)
    except TagloopError as error:
        sys.exit(str(error))
    finally:
        store.close()


if __name__ == "__main__":
    main()
