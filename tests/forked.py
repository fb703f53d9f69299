"""Processes of the product, forked from one that has imported it: milliseconds of a processor in place of seconds.

Each is a process of its own, with its own environment and output, that runs what the command or the server runs. What
a start itself does (imports, their order, what stays out of a server) is tested where that is the point, with a
process from scratch.
"""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PRELOADED = [
    "tests.preloaded",
    "tests.faults.jobs",
    "mlflow.sklearn",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "models.plots",
]
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(PRELOADED)

Work = Callable[..., object]


class Forked:
    """A process with what `subprocess.Popen` has."""

    def __init__(
        self, work: Work, *given: Any, env: Mapping[str, str], cwd: Path, out: Path, err: Path | None = None
    ) -> None:
        self._process: BaseProcess = processes.Process(
            target=_run, args=(work, given, dict(env), cwd, out, err)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0.0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


def run(
    work: Work, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """What became of the work in a process of its own, with what it wrote."""
    with TemporaryDirectory(prefix="tagloop-out-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        status = Forked(work, list(arguments), env=env, cwd=cwd, out=out, err=err).wait()
        return subprocess.CompletedProcess(
            list(arguments), status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


def _run(
    work: Work, given: tuple[Any, ...], env: dict[str, str], cwd: Path, out: Path, err: Path | None
) -> None:
    """In the new process: become what was asked for, and work."""
    signal.set_wakeup_fd(-1)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for stream, file in ((1, out), (2, err or out)):
        target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(target, stream)
        os.close(target)
    for name, stream in (("stdout", 1), ("stderr", 2)):
        setattr(
            sys, name, io.TextIOWrapper(os.fdopen(stream, "wb", closefd=False), "utf-8", line_buffering=True)
        )
    work(*given)
    sys.stdout.flush()
    sys.stderr.flush()


def command(arguments: Sequence[str]) -> None:
    """Run `tagloop ARGUMENTS`; ends the process with its status."""
    from tagloop.cli import main  # noqa: PLC0415 (the process that only starts others need not have it)

    sys.argv[:] = ["tagloop", *arguments]
    main()


def serve(port: int) -> None:
    """Serve as `tagloop serve --port` does."""
    from core.settings import Settings  # noqa: PLC0415 (as above)
    from tagloop.commands.serve import serve as serve_here  # noqa: PLC0415 (as above)

    serve_here(Settings(port=port))
