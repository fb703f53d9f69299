"""One serving worker: how long its imports take, and how much memory it has after it answered."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Figure
from benchmarks.server import CHECKOUT, copy_home, multiply, served
from core.language import Text
from core.settings import Settings

IMPORTS = "from tagloop.commands.serve import import_app; import_app()"
ROUNDS = 5
CUSTOMERS = 500
CALLS = 6


def measure(settings: Settings) -> list[Figure]:
    """The figures `import.*` and `memory.*`: imports in new processes, memory after single and large calls.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: The server answered some request with an error.
        UnavailableError: The server did not start.
    """
    imports = statistics.median(_import_seconds() for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory(prefix="tagloop-bench-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        names = multiply(copy, 2)
        start = time.perf_counter()
        with served(copy) as server:
            ready = time.perf_counter() - start
            server.rate([server.predict(name) for name in names[:CUSTOMERS]])
            server.rate([server.predict_all(names[at * CUSTOMERS :][:CUSTOMERS]) for at in range(CALLS)])
            peak, now = server.memory_mb()
    return [
        Figure(
            "import.serving_seconds",
            imports,
            Text("imports of `tagloop serve`; {ready:.1f} s until it answers", {"ready": ready}),
            target=3,
            at_most=True,
        ),
        Figure(
            "memory.worker_mb",
            peak,
            Text("at most, over single calls and calls of 500; {now:.0f} MB at the end", {"now": now}),
            target=400,
            at_most=True,
        ),
    ]


def _import_seconds() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], cwd=CHECKOUT, check=True)  # noqa: S603 (ours)
    return time.perf_counter() - start
