"""The command line as a person or a script runs it: in a process of its own, from scratch or forked, or in this one."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tagloop.cli import main
from tests import forked

ROOT = Path(__file__).parents[1]

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment with that home, in English, and with nothing else of Tagloop's in it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAGLOOP_")}
    return {**inherited, "TAGLOOP_HOME": str(home), "TAGLOOP_LANG": "en", **more}


def tagloop(home: Path, *arguments: object, **more: str) -> Done:
    """What became of `tagloop ARGUMENTS` in a process of its own; `more` are environment variables."""
    return subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "tagloop", *map(str, arguments)],
        cwd=ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        check=False,
    )


def tagloop_forked(home: Path, *arguments: object, **more: str) -> Done:
    """The same in a process that has nothing left to import; what the start itself does is not seen by it."""
    return forked.run(forked.command, list(map(str, arguments)), env=environment(home, **more), cwd=ROOT)


def tagloop_here(home: Path, *arguments: object, **more: str) -> Done:
    """The same inside this process, which saves seconds of imports; an error that nobody caught is raised."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    command = ["tagloop", *map(str, arguments)]
    with (
        patch.dict(os.environ, environment(home, **more), clear=True),
        patch.object(sys, "argv", command),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


def succeeded(home: Path, *arguments: object, run: Run = tagloop_forked, **more: str) -> str:
    """The standard output of a command that has to succeed."""
    done = run(home, *arguments, **more)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def answered(home: Path, *arguments: object, run: Run = tagloop_forked, **more: str) -> Any:
    """The JSON that a command that has to succeed printed."""
    return json.loads(succeeded(home, *arguments, run=run, **more))


def refused(home: Path, *arguments: object, run: Run = tagloop_here, **more: str) -> str:
    """What a command said that has to end with status 1, without a traceback."""
    done = run(home, *arguments, **more)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr + done.stdout
    return done.stderr
