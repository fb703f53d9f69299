"""Which test files begin first: the longest, so that no worker is left alone with one at the end."""

from collections.abc import Iterable, Sequence
from pathlib import Path

LONGEST_FIRST = (
    "tests/test_readme.py",  # makes the demo's home, and trains on it once more
    "tests/docs/test_your_data.py",
    "tests/faults/test_training_killed.py",
    "tests/faults/test_retrain_killed.py",
    "tests/training/loop/test_retrain.py",
    "tests/faults/test_promotion_killed.py",
    "tests/faults/test_full_disk.py",
    "tests/faults/test_intake_killed.py",
    "tests/faults/test_away.py",
    "tests/faults/test_flush_killed.py",
    "tests/faults/test_load_killed.py",
    "tests/faults/test_refresh_killed.py",
    "tests/notebooks/test_notebooks.py",
    "tests/tagloop/test_following.py",
    "tests/training/test_hostile.py",
    "tests/tagloop/test_mlflow_run.py",
    "tests/tagloop/test_on_postgresql.py",
    "tests/serving/test_schemathesis.py",
    "tests/faults/test_two_writers.py",
    "tests/serving/tagging/test_incremental.py",
    "tests/tagloop/test_commands.py",
    "tests/tagloop/test_demo.py",  # long after the first, whose home it reads: who comes too soon waits for it
    "tests/training/test_train.py",
    "tests/features/test_leakage.py",
    "tests/tagloop/test_mlflow_serve.py",
    "tests/features/test_parity_real.py",
    "tests/serving/test_live.py",
    "tests/models/test_registry.py",
)


def longest_first(files: Sequence[Path], root: Path) -> list[int]:
    """The places of the files in the order in which they begin; those that are not named keep theirs, at the end.

    >>> longest_first([Path("/r/tests/a.py"), Path("/r/tests/test_readme.py")], Path("/r"))
    [1, 0]
    """
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    ranks = [rank.get(name, len(rank)) for name in _names(files, root)]
    return sorted(range(len(files)), key=lambda place: (ranks[place], place))


def _names(files: Iterable[Path], root: Path) -> list[str]:
    return [file.relative_to(root).as_posix() if file.is_relative_to(root) else "" for file in files]
