"""What a training tells of its progress."""

from collections.abc import Callable
from threading import Lock

from core.language import Text

Steps = Callable[[Text, int, int], None]  # what is being done, which step it is, how many there are
Step = Callable[[Text], None]  # told what is being done


class StepCount:
    """Tells each step with its number and how many there are, as far as is known by then.

    Steps may be told from several threads.

    >>> told = []
    >>> count = StepCount(lambda text, done, total: told.append((str(text), done, total)), 2)
    >>> count(Text("Segments")); count.expect(1); count(Text("Promotion"))
    >>> told
    [('Segments', 1, 2), ('Promotion', 2, 3)]
    """

    def __init__(self, tell: Steps, total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0
        self._lock = Lock()

    def expect(self, more: int) -> None:
        """So many more steps than was said."""
        with self._lock:
            self._total += more

    def __call__(self, text: Text) -> None:
        """Tell what is being done."""
        with self._lock:
            self._done += 1
            self._tell(text, self._done, self._total)
