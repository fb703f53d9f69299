"""What a week of a replay came to: whether the promise was kept, at what coverage, and what it cost people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from models.metrics import calibration_error
from tagloop.replaying.truth import Truth

APPLY = "apply"

Words = Mapping[str, str]
"""What is said, by language."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, from so many decisions."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Week:
    """One week of a replay; what nobody can know yet (its horizon reaches beyond the data) is None.

    Attributes:
        number: From 1.
        began_at: Its first instant.
        ended_at: Its end, exclusive.
        champion: The version of the interest model that served as it ended, such as `interest/2`.
        certified: Tags that could be applied as it ended, those suspended left out.
        suspended: Tags whose certificate of that version is suspended.
        events: That the server took.
        accepted: Decisions of reviewers that the tag fits.
        rejected: That it does not.
        skipped: Left to others, where nobody knows what turned out.
        suggestions: Of all days of the week together, as the four that follow.
        applied: Those applied without a person.
        precision: The share of the applied that came true.
        target: The precision that is promised: the mean of the applied tags' targets.
        coverage: The share of all that came true, of customers with any suggestion, that was applied.
        calibration: Mean distance of what was said from what came true, in bins of equal mass.
        audit: The precision of the applied as the audit's draw of the week estimates it.
        said: What the reviewers would have said of all that was applied: what the audit estimates.
        status: Of the drift check at its end.
        alarms: What that check was critical about.
        withdrawn: Tags whose certificate it suspended.
        calls: Whether it called for a retraining.
        retraining: What the retraining at its end did.
        reasons: Why.
    """

    number: int
    began_at: datetime
    ended_at: datetime
    champion: str
    certified: int
    suspended: int
    events: int
    accepted: int
    rejected: int
    skipped: int
    suggestions: int
    applied: int
    precision: float | None
    target: float | None
    coverage: float | None
    calibration: float | None
    audit: Interval | None
    said: float | None
    status: str | None = None
    alarms: tuple[Words, ...] = ()
    withdrawn: tuple[str, ...] = ()
    calls: bool = False
    retraining: str | None = None
    reasons: tuple[Words, ...] = ()

    @property
    def decided(self) -> int:
        """How many decisions people made."""
        return self.accepted + self.rejected

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def week_of(content: dict[str, Any]) -> Week:
    """The week that `Week.as_json` described."""
    known = {field.name for field in fields(Week)}
    told = {name: value for name, value in content.items() if name in known}
    for name in ("began_at", "ended_at"):
        told[name] = datetime.fromisoformat(str(told[name]))
    told["withdrawn"] = tuple(told.get("withdrawn") or ())
    for name in ("alarms", "reasons"):
        told[name] = tuple(_in_each(one) for one in told.get(name) or ())
    told["audit"] = Interval(**told["audit"]) if told.get("audit") else None
    return Week(**told)


def _in_each(said: str | Words) -> Words:
    """What is said by language; files of replays before these were kept say it in English alone."""
    return {"en": said, "zh": said} if isinstance(said, str) else said


@dataclass(frozen=True)
class Kept:
    """How a week's suggestions turned out; see `Week`."""

    applied: int
    precision: float | None
    target: float | None
    coverage: float | None
    calibration: float | None


def kept(suggestions: pd.DataFrame, truth: Truth, targets: "pd.Series[float]") -> Kept:
    """Hold suggestions (`day`, `customer_id`, `tag`, `confidence`, `decision`, `fits`) against what turned out.

    `targets` is the promised precision by tag, of the tags whose outcome events tell; other tags are left out.
    """
    found = suggestions[suggestions["tag"].isin(targets.index)]
    is_applied = (found["decision"] == APPLY).to_numpy()
    told = found["fits"].notna().to_numpy()
    applied = found[is_applied]
    precision = None if not (is_applied & told).any() else float(found.loc[is_applied & told, "fits"].mean())
    hits = float(found.loc[is_applied & told, "fits"].sum())
    positives = _positives(found[told], truth, list(targets.index))
    error = (
        calibration_error(
            found.loc[told, "fits"].to_numpy(dtype=np.float64),
            found.loc[told, "confidence"].to_numpy(dtype=np.float64),
        )
        if told.any()
        else None
    )
    return Kept(
        applied=len(applied),
        precision=precision,
        target=float(applied["tag"].map(targets).mean()) if len(applied) else None,
        coverage=hits / positives if positives else None,
        calibration=None if error is None else float(error),
    )


def _positives(suggestions: pd.DataFrame, truth: Truth, tags: Sequence[str]) -> int:
    """How many tags came true of the customers of each day, suggested or not."""
    days = suggestions[["as_of", "customer_id"]].drop_duplicates()
    return sum(
        truth.of(customer_id, tag, as_of) is True
        for as_of, customer_id in zip(days["as_of"], days["customer_id"], strict=True)
        for tag in tags
    )
