"""Compiled loops: what Python would give, kept on disk, mended where what was kept is broken."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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


SHOP = """
import sys, time
import numpy as np, numpy.typing as npt
from core.compiled import entry

@entry
def total(values: npt.NDArray[np.float64]) -> float:
    sum = 0.0
    for value in values:
        sum += value
    return sum

begun = []
total.load(lambda: begun.append(1))
print(total(np.arange(4.0)), len(begun))
"""


def run(folder: Path) -> str:
    command = [sys.executable, str(folder / "totals.py")]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    return done.stdout.strip()


def test_machine_code_is_kept_and_what_is_broken_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "totals.py").write_text(SHOP, encoding="utf-8")
    assert run(tmp_path) == "6.0 1"
    assert run(tmp_path) == "6.0 0"
    kept = list((tmp_path / "__pycache__").glob("*.nb[ci]"))
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert run(tmp_path) == "6.0 0"
