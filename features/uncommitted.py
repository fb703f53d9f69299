"""Remembers which files of the lake are being written, so that those of a writer that died can be removed."""

import os
from collections.abc import Iterable
from pathlib import Path

NOTE_FILE = "_uncommitted"  # Delta passes over names that begin so


class Uncommitted:
    """The names of the files that a commit will bring, kept beside them until it is made.

    Whoever holds the lake's lock may use it. A note is on disk before its file is begun.
    """

    def __init__(self, lake: Path) -> None:
        self._lake = lake
        self._note = lake / NOTE_FILE

    def exists(self) -> bool:
        """Whether a writer is at work, or died."""
        return self._note.exists()

    def add(self, name: str) -> None:
        """Note a file that is about to be written."""
        with self._note.open("a", encoding="utf-8") as note:
            note.write(f"{name}\n")
            note.flush()
            os.fsync(note.fileno())

    def settle(self, held: Iterable[str]) -> int:
        """Remove the noted files that the table does not hold, and the note; how many files that were."""
        if not self.exists():
            return 0
        noted = set(self._note.read_text(encoding="utf-8").splitlines())
        # The last line may be half a name: its file was not begun.
        left = [self._lake / name for name in noted.difference(held) if name.endswith(".parquet")]
        found = [file for file in left if file.exists()]
        for file in found:
            file.unlink()
        self._note.unlink()
        return len(found)
