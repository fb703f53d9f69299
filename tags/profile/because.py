"""Why a claim ended and why a profile changed: codes for programs, and words for people."""

from enum import StrEnum

from core.language import Text


class Because(StrEnum):
    """Why something of a profile is as it is from then on."""

    SAID = "said"
    RETURNED = "returned"
    DENIED = "denied"
    SUPERSEDED = "superseded"
    OUTDATED = "outdated"
    LAPSED = "lapsed"
    NO_LONGER = "no_longer"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"
    DISPLACED = "displaced"
    DEFINITION = "definition"
    RETIRED = "retired"


WORDS = {
    Because.SAID: Text("its source says so"),
    Because.RETURNED: Text("what had kept it off ended"),
    Because.DENIED: Text("a stronger source says that it does not fit"),
    Because.SUPERSEDED: Text("its source said something newer"),
    Because.OUTDATED: Text("its source had already said something about a later instant"),
    Because.LAPSED: Text("its lifetime ended"),
    Because.NO_LONGER: Text("what it rests on no longer holds"),
    Because.WITHDRAWN: Text("it was taken back"),
    Because.UNDONE: Text("the import that brought it was undone"),
    Because.DISPLACED: Text("another tag of its group took its place"),
    Because.DEFINITION: Text("the tag's definition changed"),
    Because.RETIRED: Text("the tag was retired"),
}
"""By code; a code that is not among them is shown as it is."""
