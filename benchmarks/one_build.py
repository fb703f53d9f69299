"""One build of features for everybody in a process of its own, so that its greatest memory is the build's alone.

Reads the arguments of `run` as JSON from standard input and prints what it gives.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchmarks.first_buckets import FirstBuckets
from benchmarks.memory import peak_mb
from core.settings import Settings
from core.storage import open_store
from features.build import build
from features.source import open_source
from tags.taxonomy import load_taxonomy


def run(home: str, buckets: int, as_of: str) -> dict[str, float]:
    """Build from the first buckets of a home's lake: events, customers, seconds, processor seconds, MiB."""
    settings = Settings(home=Path(home))
    store = open_store(settings, migrate=False)
    source = open_source(settings, store, load_taxonomy(settings.taxonomy).groups)
    store.close()
    lake = FirstBuckets(settings.lake_path, buckets)
    start, busy = time.perf_counter(), time.process_time()
    frame = build(replace(source, lake=lake), datetime.fromisoformat(as_of))
    return {
        "seconds": time.perf_counter() - start,
        "busy_seconds": time.process_time() - busy,
        "peak_mb": peak_mb(),
        "customers": len(frame),
        "events": lake.n_events,
    }


if __name__ == "__main__":
    print(json.dumps(run(**json.load(sys.stdin))))
