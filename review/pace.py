"""Whether a reviewer decides faster than anybody can read, and always the same."""

from collections.abc import Sequence
from dataclasses import dataclass

LOOKED_BACK = 12
"""So many decisions in a row are looked at: a few quick ones happen to everybody."""
QUICKEST_MILLISECONDS = 1_000
"""A name, a definition and a timeline are not read in less."""

TOO_FAST = "too_fast"


@dataclass(frozen=True)
class Given:
    """One decision of a run."""

    decision: str
    milliseconds: int | None


def is_too_fast(run: Sequence[Given]) -> bool:
    """Whether the latest decisions are all the same and none took as long as reading takes.

    >>> quick = [Given("accept", 300)] * LOOKED_BACK
    >>> is_too_fast(quick), is_too_fast(quick[1:]), is_too_fast([*quick, Given("reject", 300)])
    (True, False, False)
    """
    latest = run[-LOOKED_BACK:]
    return (
        len(latest) == LOOKED_BACK
        and len({one.decision for one in latest}) == 1
        and all(one.milliseconds is not None and one.milliseconds < QUICKEST_MILLISECONDS for one in latest)
    )
