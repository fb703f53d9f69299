"""What a retraining did: its reasons, what was compared, what was decided, who serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.language import Text
from training.loop.compare import PartComparison
from training.loop.reasons import Reason
from training.loop.recertified import Promise
from training.loop.rulings import Ruling

Happened = Literal["no_reason", "dry_run", "promoted", "kept", "refused", "waiting"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The champion beside a challenger.

    Attributes:
        parts: Those that could be compared, with figures.
        promises: By tag what is promised with either model.
        rulings: What was decided of each part, and why.
    """

    parts: tuple[PartComparison, ...]
    promises: tuple[Promise, ...]
    rulings: tuple[Ruling, ...]

    @property
    def takes_over(self) -> tuple[str, ...]:
        """The parts that the challenger has from now on."""
        return tuple(one.part for one in self.rulings if one.takes_over)

    def part(self, name: str) -> PartComparison | None:
        """The figures of a part; None where it could not be compared."""
        return next((one for one in self.parts if one.part == name), None)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "parts": [one.as_json() for one in self.parts],
            "rulings": [one.as_json() for one in self.rulings],
            "promises": [_promise(one) for one in self.promises],
        }


@dataclass(frozen=True, eq=False)
class Retrained:
    """What became of a retraining.

    Attributes:
        reasons: Why; none where nothing called for it.
        happened: `no_reason`; `dry_run` where it only tells what would happen; `promoted` where any part was; `kept`
            where the champion stays; `refused` where nothing may be promoted; `waiting` where another training runs.
        comparison: None where nothing was learned.
        champion: The versions that served before, by part.
        challenger: The versions that were registered; None where none were.
        release_id: What serves since; None where nothing was promoted.
        run_id: The MLflow run that tells it all; None where nothing was learned.
        rests_until: Until when the reasons rest, because they led to nothing of late; None where they do not.
        refused: Why nothing may be promoted, whatever was compared; None where it may.
        outcomes: How many words of the models have turned out true or false since the turn before.
    """

    reasons: tuple[Reason, ...]
    happened: Happened
    comparison: Comparison | None = None
    champion: Mapping[str, int] = field(default_factory=dict)
    challenger: Mapping[str, int] | None = None
    release_id: str | None = None
    run_id: str | None = None
    rests_until: datetime | None = None
    refused: Text | None = None
    outcomes: int = 0

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "happened": self.happened,
            "reasons": [one.as_json() for one in self.reasons],
            "rests_until": self.rests_until.isoformat() if self.rests_until else None,
            "champion": dict(self.champion),
            "challenger": None if self.challenger is None else dict(self.challenger),
            "release_id": self.release_id,
            "run_id": self.run_id,
            "refused": _both(self.refused),
            "outcomes": self.outcomes,
            **({} if self.comparison is None else {"comparison": self.comparison.as_json()}),
        }


def _promise(one: Promise) -> dict[str, Any]:
    found = {"champion": one.champion, "challenger": one.challenger}
    threshold = {name: None if found is None else found.threshold for name, found in found.items()}
    reason = {name: None if found is None else found.reason for name, found in found.items()}
    return {"tag": one.tag, "holds": one.holds, "threshold": threshold, "reason": reason, "lost": one.lost}


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else text.in_each()
