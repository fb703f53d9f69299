"""What may happen to a segment at a training; plain values, so that a server can tell of them."""

from dataclasses import dataclass
from enum import StrEnum

SAME_AT = 0.5
"""A segment keeps its key when at least this share of the customers in either the old or the new one is in both."""


class Change(StrEnum):
    """What happened to a segment at one training."""

    FIRST = "first"  # there was none before to compare with
    KEPT = "kept"
    MERGED = "merged"  # new: most of several old ones is in it, and it is the same as none of them
    SPLIT = "split"  # new: most of it was in one old one
    BORN = "born"  # new: its customers come from everywhere
    ABSORBED = "absorbed"  # gone: most of it is in one new segment
    SPLIT_UP = "split_up"  # gone: most of it is in several new segments that came from it
    DISSOLVED = "dissolved"  # gone: its customers went everywhere
    INCOMPARABLE = "incomparable"  # gone: what it was formed by is not known any more

    @property
    def is_end(self) -> bool:
        """Whether the segment is there no more."""
        return self in {Change.ABSORBED, Change.SPLIT_UP, Change.DISSOLVED, Change.INCOMPARABLE}


@dataclass(frozen=True)
class Flow:
    """The share of a segment's customers that is in another one of the other training."""

    key: str
    share: float


@dataclass(frozen=True)
class Step:
    """What happened to one segment at one training.

    Attributes:
        key: Of the segment.
        change: What happened.
        overlap: Of a kept segment the Jaccard index with what it was before.
        flows: Of a segment that is there, which old ones its customers were in; of one that is gone, which new
            ones they are in. Largest first.
    """

    key: str
    change: Change
    overlap: float | None = None
    flows: tuple[Flow, ...] = ()
