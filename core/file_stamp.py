"""Whether a file changed since an earlier look."""

from pathlib import Path

Stamp = tuple[int, int, int] | None


def stamp(file: Path) -> Stamp:
    """The file's inode, size and time of change; None where there is no file."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
