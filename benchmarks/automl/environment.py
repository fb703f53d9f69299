"""The AutoML system's own Python environment, and its search as a process in it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.errors import UnavailableError

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
INSTALLED = "installed.txt"


def make_environment(folder: Path) -> Path:
    """The Python of the environment in the folder, made anew unless it holds what is asked for.

    Raises:
        UnavailableError: pip could not install it.
    """
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted, note = REQUIREMENTS.read_text(encoding="utf-8"), folder / INSTALLED
    if note.exists() and note.read_text(encoding="utf-8") == wanted:
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(REQUIREMENTS),
        ]
    )
    note.write_text(wanted, encoding="utf-8")
    return python


def search(python: Path, folder: Path) -> Iterator[str]:
    """Each job's name once it is done; see `fit.py`.

    Raises:
        UnavailableError: The search ended before all was done.
    """
    # What it says of its own libraries is of no use to whoever waits.
    with (folder / "search.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 (ours)
            [str(python), str(HERE / "fit.py"), str(folder)], stdout=subprocess.PIPE, stderr=log, text=True
        )
        with process:
            assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
            for line in process.stdout:
                yield line.strip()
    if process.returncode:
        raise UnavailableError("The search of the AutoML system failed: look at {file}", file=log.name)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [""]
        raise UnavailableError(
            "The environment of the AutoML system could not be made: {reason}", reason=lines[-1]
        )
