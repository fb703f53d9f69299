"""Draws the audit of a finished replay again and again: how often its interval holds the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import beta

from core.errors import NotReadyError
from core.ids import content_id
from core.settings import Settings
from review.audit import precision_of_audit
from review.sampling import audit_probabilities, drawn
from review.weighted_share import Estimate
from tagloop.replaying.record import AUDIT_LEVEL, FOLDER
from tagloop.replaying.weeks import APPLY

SURE = 0.95
KEPT_COLUMNS = ["day", "customer_id", "tag", "confidence", "decision", "says"]


@dataclass(frozen=True)
class Drawn:
    """One week's audit, drawn once more: what it estimates of the applied, and the truth."""

    week: str
    estimate: Estimate
    truth: float

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.estimate.low <= self.truth <= self.estimate.high


@dataclass(frozen=True)
class AuditCoverage:
    """How often the truth lay in the interval, and between which shares that lies at `SURE`.

    Attributes:
        draws: How many audits were drawn.
        held: Of how many the truth lay in the interval.
        low: The least share that goes with that, by Clopper and Pearson.
        high: The largest.
        width: The intervals' mean width.
        decisions: Decisions behind an estimate, at the median.
        error: Mean of estimate less truth.
        powered: The share of the estimates that the models' word made narrower.
    """

    draws: int
    held: int
    low: float
    high: float
    width: float
    decisions: float
    error: float
    powered: float

    @property
    def share(self) -> float:
        """How often the truth lay in the interval."""
        return self.held / self.draws


def coverage_of(found: Sequence[Drawn]) -> AuditCoverage:
    """The draws taken together."""
    n, held = len(found), sum(one.holds for one in found)
    tail = (1.0 - SURE) / 2.0
    return AuditCoverage(
        draws=n,
        held=held,
        low=float(beta.ppf(tail, held, n - held + 1)) if held else 0.0,
        high=float(beta.ppf(1.0 - tail, held + 1, n - held)) if held < n else 1.0,
        width=float(np.mean([one.estimate.high - one.estimate.low for one in found])),
        decisions=float(np.median([one.estimate.n for one in found])),
        error=float(np.mean([one.estimate.value - one.truth for one in found])),
        powered=float(np.mean([one.estimate.method != "weighted" for one in found])),
    )


def draw_again(settings: Settings, tags: Sequence[str], draws: int, *, seed: int = 0) -> list[Drawn]:
    """Draw the audits of a replay's weeks again, week after week, until there are so many, for tags with outcomes.

    What the models suggested stands, and so does what reviewers say; only who is asked is drawn anew, each day with the
    very chances and the very draw of the daily choice. Weeks whose outcomes nobody knows are left out.

    Raises:
        NotReadyError: The home keeps no replay with such a week.
    """
    frames = {file.stem: pd.read_parquet(file, columns=KEPT_COLUMNS) for file in week_files(settings)}
    found = draw_weeks(frames, tags, settings.reviews_per_day * settings.audit_share, draws, seed=seed)
    if not found:
        raise NotReadyError(
            "{home} keeps no replay of which anything turned out: run `tagloop replay --from DAY` first, at least "
            "a horizon and a week before the data ends",
            home=settings.home,
        )
    return found


def draw_weeks(
    frames: Mapping[str, pd.DataFrame], tags: Sequence[str], n_a_day: float, draws: int, *, seed: int = 0
) -> list[Drawn]:
    """The same of any weeks' suggestions (`KEPT_COLUMNS`); none where no week tells anything."""
    read = (_Week.of(name, frame, tags) for name, frame in frames.items())
    weeks = [week for week in read if week is not None]
    return [
        weeks[number % len(weeks)].drawn(n_a_day, seed * draws + number)
        for number in range(draws if weeks else 0)
    ]


def week_files(settings: Settings) -> list[Path]:
    """The files of a replay's weeks, oldest first."""
    return sorted((settings.home / FOLDER).glob("week-*.parquet"))


@dataclass(frozen=True)
class _Week:
    """The suggestions of a week, a frame a day, with the words that reviewers have for them."""

    name: str
    days: list[pd.DataFrame]
    truth: float

    @classmethod
    def of(cls, name: str, found: pd.DataFrame, tags: Sequence[str]) -> "_Week | None":
        """The week, where anything was applied and reviewers have a word for all of that."""
        found = found.assign(is_told=found["tag"].isin(list(tags)))
        applied = found[found["is_told"] & (found["decision"] == APPLY)]
        if applied.empty or applied["says"].isna().any():
            return None
        days = [day.reset_index(drop=True) for _, day in found.groupby("day")]
        return cls(name, days, float(applied["says"].mean()))

    def drawn(self, n_a_day: float, seed: int) -> Drawn:
        """The week's audit as another seed draws it."""
        rows, frames = [], []
        for number, day in enumerate(self.days):
            strata = np.asarray(day.groupby(["is_told", "decision"]).ngroup(), dtype=np.intp)
            chances = audit_probabilities(strata, n_a_day)
            applied = np.flatnonzero(day["is_told"] & (day["decision"] == APPLY))
            part = day.iloc[applied].assign(probability=chances[applied], value=lambda one: one["says"] > 0)
            names = [content_id(*pair) for pair in zip(part["customer_id"], part["tag"], strict=True)]
            rows.append(part[drawn(names, chances[applied], seed=seed * len(self.days) + number)])
            by_tag = part.groupby("tag")["confidence"].agg(["size", "mean"])
            frames.append(pd.DataFrame({"suggestions": by_tag["size"], "confidence": by_tag["mean"]}))
        estimate = precision_of_audit(
            pd.concat(rows, ignore_index=True), pd.concat(frames, ignore_index=True), level=AUDIT_LEVEL
        )
        return Drawn(self.name, estimate, self.truth)
