"""A disk of a few megabytes that is really full when it is told to be."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SIZE = 64 * 2**20


@dataclass(frozen=True)
class SmallDisk:
    """A folder on a file system of its own; `is_own` is False where nobody may mount one.

    There the size of each file is limited instead: system calls fail in the same places, with EFBIG for ENOSPC.
    """

    folder: Path
    is_own: bool

    @contextmanager
    def full(self, leaving: int = 0) -> Iterator[None]:
        """Inside the block about so many bytes are free, for this process and those that it starts meanwhile."""
        with self._filled(leaving) if self.is_own else _small_files(max(leaving, 4096)):
            yield

    @contextmanager
    def _filled(self, leaving: int) -> Iterator[None]:
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            taken = max(self.free() - leaving, 1)
            os.posix_fallocate(file.fileno(), 0, taken)
        try:
            yield
        finally:
            ballast.unlink()

    def free(self) -> int:
        """How many bytes are free."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def _small_files(most: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """A disk in memory, where this user may mount one."""
    with TemporaryDirectory(prefix="tagloop-disk-") as place:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tagloop-test", place]
        is_own = _succeeds(mount)
        try:
            yield SmallDisk(Path(place), is_own)
        finally:
            if is_own:
                subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S603, S607 (what was mounted above)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 (ours)
    except OSError:
        return False
