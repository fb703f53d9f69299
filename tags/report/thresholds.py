"""From where on a figure of the report speaks against a tag: each written once, read by the advice and the page."""

from dataclasses import dataclass
from typing import Final

from core.language import Text


@dataclass(frozen=True)
class Threshold:
    """A limit with what it is of, and why it lies there."""

    value: float
    meaning: Text


TOO_WIDE: Final = Threshold(
    0.9, Text("a tag that more than this share of the customers carry tells little about one of them")
)
TOO_NARROW: Final = Threshold(0.005, Text("a tag that fewer than this share carry reaches too few to act on"))
LEAST_CARRIERS: Final = Threshold(
    30, Text("below so many carriers in the past nothing is said of what they did later")
)
NO_INFORMATION: Final = Threshold(
    0.02, Text("an information value that is surely below this is of no use (Siddiqi, 2006)")
)
NO_LIFT: Final = Threshold(
    0.1, Text("carriers who surely buy and spend within this share of the average are like everybody")
)
ALIKE: Final = Threshold(
    0.8,
    Text("of the customers with either of two tags, the share with both from which one of them is enough"),
)
UNSTABLE: Final = Threshold(
    2.0,
    Text("a tag whose carriers became so many times more or fewer from one period to the next is unstable"),
)
UNUSED_DAYS: Final = Threshold(
    90, Text("a tag that nobody asked for within so many days, counted at least that long, is not used")
)
