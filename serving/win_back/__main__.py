"""Makes today's list of customers at risk for a server; the settings come as JSON on standard input."""

import os
import sys

from core.errors import TagloopError
from core.settings import Settings
from core.storage import open_store
from serving.snapshot import load_snapshot, load_tags
from serving.win_back.desk import NICENESS
from serving.win_back.making import make


def main() -> None:
    """Make it, at a low priority."""
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    store = open_store(settings)
    try:
        snapshot = load_snapshot(settings, store, load_tags(settings, store))
        make(settings, store, snapshot, settings.make_clock().now())
    except TagloopError as error:
        sys.exit(str(error))
    finally:
        store.close()


if __name__ == "__main__":
    main()
