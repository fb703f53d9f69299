"""An import as plain values: what the API answers and commands print."""

from collections.abc import Mapping
from typing import Any

from core.language import Language
from tags.imports.record import Kept, Tally
from tags.imports.refusals import why
from tags.imports.rows import OUTCOMES


def entry(kept: Kept) -> dict[str, Any]:
    """Who made it from what, and how many rows became what."""
    return {
        "import_id": kept.import_id,
        "file": kept.file,
        "made_by": kept.made_by,
        "made_at": kept.made_at,
        **counts(kept.tally),
        "state": kept.state,
        "undone_at": kept.undone_at,
        "undone_by": kept.undone_by,
    }


def counts(tally: Tally) -> dict[str, int]:
    """How many rows there were, and how many became what."""
    return {"rows": tally.rows, **{outcome: tally.counts[outcome] for outcome in OUTCOMES}}


def refused_rows(tally: Tally, language: Language) -> list[dict[str, Any]]:
    """The first refused rows, each with its why."""
    return [
        {
            **{name: one[name] for name in ("line", "customer_id", "tag", "reason")},
            "why": why_refused(one, language),
        }
        for one in tally.refused
    ]


def why_refused(row: Mapping[str, Any], language: Language) -> str:
    """Why a row that was kept as refused was."""
    return why(row["reason"], **row["values"]).render(language)
