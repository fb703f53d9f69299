"""What became of segments, in words."""

from collections.abc import Mapping

from core.language import Language, Text, translate
from models.segment_change import SAME_AT, Change

RULE = Text(
    "A segment keeps its key when at least {share:.0%} of the customers in either its old or its new form are in both; "
    "its name says what it is like now and may change. Keys are never used again.",
    {"share": SAME_AT},
)

SHORT: Mapping[Change, str] = {
    Change.FIRST: "first",
    Change.KEPT: "kept",
    Change.MERGED: "merged",
    Change.SPLIT: "split off",
    Change.BORN: "new",
    Change.ABSORBED: "absorbed",
    Change.SPLIT_UP: "split up",
    Change.DISSOLVED: "dissolved",
    Change.INCOMPARABLE: "ended",
}
"""One or two words a change."""

_SAID: Mapping[Change, str] = {
    Change.FIRST: "formed for the first time",
    Change.KEPT: "the same as before: {overlap} of the customers in either form are in both",
    Change.MERGED: "new, most of each of several segments together: {flows}",
    Change.SPLIT: "new, split off: {flows}",
    Change.BORN: "new, of customers from everywhere: {flows}",
    Change.ABSORBED: "ended, most of it went into one segment: {flows}",
    Change.SPLIT_UP: "ended, it fell into several segments: {flows}",
    Change.DISSOLVED: "ended, its customers went everywhere: {flows}",
    Change.INCOMPARABLE: "ended, what it was formed by is no longer computed as it was",
}


def said(
    change: Change,
    overlap: float | None,
    flows: Mapping[str, float],
    names: Mapping[str, str],
    language: Language = "en",
) -> str:
    """What happened to a segment, in a few words.

    >>> said(Change.ABSORBED, None, {"segment_2": 0.9}, {"segment_2": "Frequent shoppers"})
    'ended, most of it went into one segment: 90% Frequent shoppers (segment_2)'
    """
    shares = [
        f"{share:.0%} {names[key]} ({key})" if key in names else f"{share:.0%} {key}"
        for key, share in flows.items()
    ]
    if not shares and change in {Change.BORN, Change.DISSOLVED}:
        shares = ["-"]
    told = "" if overlap is None else f"{overlap:.0%}"
    return translate(_SAID[change], language, overlap=told, flows=", ".join(shares))
