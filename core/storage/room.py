"""Room for others between transactions that write."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def room_after() -> Iterator[None]:
    """Rest as long as the block took: of several turns to write, others get every second.

    SQLite gives nobody the next turn; whoever waits for it looks again a little later.
    """
    began = time.monotonic()
    yield
    time.sleep(time.monotonic() - began)
