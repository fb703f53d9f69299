"""The most memory that this process has held."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIB = 1024


def peak_mb() -> float:
    """In MiB, since the program began.

    Where Linux tells it, the mark of this program: what `getrusage` gives there begins with the memory of the
    process that started it.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) / _KIB for line in lines if line.startswith("VmHWM:"))
    unit = _KIB * _KIB if sys.platform == "darwin" else _KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
