"""Keeps what a replay saw: each day's suggestions with how they turned out, and what each week came to."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from core.ids import stable_key
from core.settings import Settings
from core.storage import Store
from models.release_read import load_release
from review.audit import audit_frames, audited, precision_of_audit
from review.suggestions import read_suggestions
from tagloop.replaying.asked import Asked
from tagloop.replaying.nights import Night
from tagloop.replaying.reviewers import answer
from tagloop.replaying.truth import Truth
from tagloop.replaying.weeks import APPLY, Interval, Week, kept
from tags.certificates import SUSPENDED, model_name, read_certificates
from tags.taxonomy import Taxonomy

ANYBODY = "anybody"
"""Whose errors are drawn where it is asked what reviewers would have said of everything."""

COLUMNS = ("customer_id", "tag", "confidence", "decision", "model", "as_of")
FOLDER = "suggestions"
AUDIT_LEVEL = 0.9
"""How often the audit's interval holds the truth."""


@dataclass(eq=False)
class Record:
    """The present week's days; a finished week's suggestions are in a file of the home."""

    settings: Settings
    store: Store
    truth: Truth
    asked: Asked
    number: int = 1
    began: datetime = field(init=False)
    days: list[pd.DataFrame] = field(default_factory=list)
    taken: int = 0
    given: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.began = self.asked.began

    def note_suggestions(self, day: datetime) -> None:
        """Keep what is suggested of everybody, with what turned out and what reviewers would say."""
        with self.store.read() as connection:
            found = pd.DataFrame(map(vars, read_suggestions(connection)), columns=list(COLUMNS))
        who = (self.asked.seed, ANYBODY)
        triples = list(zip(found["customer_id"], found["tag"], found["as_of"], strict=True))
        found["fits"] = _told([self.truth.of(*one) for one in triples])
        found["says"] = _told([answer(self.truth, self.asked.accuracy, who, *one) for one in triples])
        self.days.append(found.assign(day=day))

    def active(self, part: int, parts: int) -> list[str]:
        """The customers of one of so many parts, by a hash of their ids, of whom anything is suggested today.

        A CRM that asks about each part on a day of its own hears of everybody once a week. One that asked about those
        alone who were in the shop would make monitoring look at other customers than the models learned from.
        """
        names = self.days[-1]["customer_id"].unique()
        return sorted(name for name in map(str, names) if stable_key(name) % parts == part)

    def note_day(self, taken: int, given: Counter[str]) -> None:
        """Count a day's events and decisions."""
        self.taken += taken
        self.given += given

    def end_week(self, now: datetime, night: Night, taxonomy: Taxonomy) -> Week:
        """Sum the week up, and begin the next."""
        found = pd.concat(self.days, ignore_index=True)
        targets = pd.Series({tag.key: tag.target_precision for tag in taxonomy.outcome_tags}, dtype=float)
        result = kept(found, self.truth, targets)
        of_events = found[found["tag"].isin(targets.index) & (found["decision"] == APPLY)]
        said = of_events["says"].mean()
        with self.store.read() as connection:
            champion, certified, suspended = _champion(self.settings, connection, now)
            audit = _audit(connection, list(targets.index), self.began, now)
        week = Week(
            number=self.number,
            began_at=self.began,
            ended_at=now,
            champion=champion,
            certified=certified,
            suspended=suspended,
            events=self.taken,
            accepted=self.given["accept"],
            rejected=self.given["reject"],
            skipped=self.given["skip"],
            suggestions=len(found),
            audit=audit,
            said=None if pd.isna(said) else float(said),
            status=night.status,
            alarms=tuple(alarm.in_each() for alarm in night.alarms),
            withdrawn=night.withdrawn,
            calls=night.calls,
            retraining=night.retraining,
            reasons=tuple(reason.in_each() for reason in night.reasons),
            **vars(result),
        )
        self._keep(found)
        self.number, self.began, self.days = self.number + 1, now, []
        self.taken, self.given = 0, Counter()
        return week

    def _keep(self, found: pd.DataFrame) -> None:
        file = suggestions_file(self.settings, self.number)
        file.parent.mkdir(exist_ok=True)
        found.to_parquet(file, index=False)


def suggestions_file(settings: Settings, week: int) -> Path:
    """Where a week's suggestions are kept, day by day."""
    return settings.home / FOLDER / f"week-{week:02}.parquet"


def _told(said: list[bool | None]) -> "pd.Series[float]":
    return pd.Series([float("nan") if one is None else float(one) for one in said], dtype=float)


def _champion(settings: Settings, connection: Connection, now: datetime) -> tuple[str, int, int]:
    """The interest model that serves, how many of its tags may be applied, and how many are suspended."""
    origins = load_release(settings.releases_path).facts.origins
    names = [model_name(one.name, one.version) for one in origins.values()]
    why = [one.why_not(now) for one in read_certificates(connection, names).values()]
    interest = origins.get("interest")
    champion = model_name(interest.name, interest.version) if interest else "-"
    return champion, sum(one is None for one in why), sum(one == SUSPENDED for one in why)


def _audit(connection: Connection, tags: list[str], since: datetime, until: datetime) -> Interval | None:
    """The precision of what was applied, as the decisions on the audit's draws of those days estimate it."""
    rows = audited(connection, tags=tags, since=since, until=until)
    frames = audit_frames(connection, tags=tags, since=since, until=until)
    applied = rows[rows["decision"] == APPLY]
    if applied.empty:
        return None
    found = precision_of_audit(applied, frames[frames["decision"] == APPLY], level=AUDIT_LEVEL)
    return Interval(found.value, found.low, found.high, found.n)
