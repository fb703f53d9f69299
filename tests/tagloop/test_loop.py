"""`tagloop loop`: a round that fails is said and the next one tries again; a signal ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from tagloop.commands.loop import parse_interval
from tests.command_line import ROOT, environment, tagloop_here
from tests.conftest import Shop
from tests.tagloop.conftest import wait_for


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60), ("90m", 5400), ("12h", 43200), ("2d", 172800)])
def test_intervals_are_read(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "d", "0d", "1.5h", "-1h", "1w", "30s"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="30m, 12h or 1d"):
        parse_interval(text)


def test_a_round_that_fails_says_why_and_does_not_end_the_loop(tmp_path: Path) -> None:
    """A home without any data has nothing to learn from."""
    done = tagloop_here(tmp_path, "loop", "--rounds", "1")
    assert done.returncode == 0
    assert "There are no events yet" in done.stderr


@pytest.mark.slow
def test_a_signal_between_two_rounds_ends_the_loop_well(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path
) -> None:
    said = tmp_path / "said.txt"
    with (
        said.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            [sys.executable, "-m", "tagloop", "loop"],
            cwd=ROOT,
            env=environment(copy_of(trained_shop).home),
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        wait_for(lambda: "The next round begins in 1d" in said.read_text(encoding="utf-8"))
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert "Nothing calls for a retraining" in said.read_text(encoding="utf-8")
    assert "Stopped; what served goes on serving" in said.read_text(encoding="utf-8")
