"""Compiled loops: what Python would give, kept on disk, mended where what was kept is broken."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from core.compiled import compiled, entry, fingerprint

Floats = npt.NDArray[np.float64]
ROOT = Path(__file__).parents[2]


class Line(NamedTuple):
    slopes: Floats
    offset: int


@compiled
def doubled(value: float) -> float:
    return 2 * value


@entry
def line(values: Floats, along: Line) -> Floats:
    slopes, offset = along
    out = np.empty(len(values))
    for place in range(len(values)):
        out[place] = doubled(values[place] * slopes[place]) + offset
    return out


def test_an_entry_gives_what_the_plain_function_gives() -> None:
    values, along = np.array([1.5, -2.0]), Line(np.array([1.0, 4.0]), 3)
    np.testing.assert_array_equal(line(values, along), line.function(values, along))
    values.flags.writeable = False
    np.testing.assert_array_equal(line(values, along), [6.0, -13.0])


def test_the_fingerprint_changes_with_what_is_called() -> None:
    def outer(function: object) -> object:
        def inner(value: float) -> float:
            return function(value)  # type: ignore[no-any-return,operator]

        return inner

    first, second = (outer(compiled(f)) for f in (lambda v: v + 1, lambda v: v + 2))
    assert fingerprint(first) == fingerprint(outer(compiled(lambda v: v + 1)))  # type: ignore[arg-type]
    assert fingerprint(first) != fingerprint(second)  # type: ignore[arg-type]


TOTALS = """
import os, resource, signal, sys
import numpy as np, numpy.typing as npt
from core.compiled import announce, entry

@entry
def total(values: npt.NDArray[np.float64]) -> float:
    sum = 0.0
    for value in values:
        sum += value
    return sum

begun = []
if "full" in sys.argv:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
announce(lambda: os.kill(os.getpid(), signal.SIGKILL) if "kill" in sys.argv else begun.append(1))
print(total(np.arange(4.0)), len(begun))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program that says a total and whether it was told of a compilation."""
    (tmp_path / "totals.py").write_text(TOTALS, encoding="utf-8")
    return tmp_path


def start(folder: Path, *arguments: str, home: str = "/nowhere") -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 (ours)
        [sys.executable, str(folder / "totals.py"), *arguments],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *arguments: str, home: str = "/nowhere") -> str:
    process = start(folder, *arguments, home=home)
    said, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return said.strip()


def kept(folder: Path) -> list[Path]:
    return list(folder.rglob("*.nb[ci]"))


def test_machine_code_is_kept_and_what_is_broken_is_made_again(folder: Path) -> None:
    assert run(folder) == "6.0 1"
    assert run(folder) == "6.0 0"
    assert kept(folder / "__pycache__")
    for file in kept(folder):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert run(folder) == "6.0 0"


def test_of_processes_that_start_at_once_one_compiles(folder: Path) -> None:
    both = [start(folder), start(folder)]
    said = sorted(process.communicate(timeout=300)[0].strip() for process in both)
    assert said == ["6.0 0", "6.0 1"]


def test_process_killed_while_it_compiles_leaves_it_to_the_next(folder: Path) -> None:
    process = start(folder, "kill")
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert kept(folder) == []
    assert run(folder) == "6.0 1"


def test_what_an_earlier_version_kept_is_removed(folder: Path) -> None:
    run(folder)
    before = kept(folder)
    (folder / "totals.py").write_text(TOTALS.replace("sum = 0.0", "sum = 1.0"), encoding="utf-8")
    assert run(folder) == "7.0 1"
    assert len(kept(folder)) == len(before)
    assert not set(before) & set(kept(folder))


def test_read_only_installation_keeps_it_in_the_users_cache_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "__pycache__").write_text("no folder can be made here, whoever tries", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    assert [run(folder, home=str(home)) for _ in range(2)] == ["6.0 1", "6.0 0"]
    assert kept(home)


def test_without_any_folder_each_process_compiles(folder: Path) -> None:
    (folder / "__pycache__").write_text("no folder can be made here, whoever tries", encoding="utf-8")
    assert [run(folder, home=str(folder / "totals.py")) for _ in range(2)] == ["6.0 1", "6.0 1"]


def test_full_disk_keeps_nothing_and_the_answer_is_right(folder: Path) -> None:
    assert run(folder, "full") == "6.0 1"
    assert run(folder) == "6.0 1"
