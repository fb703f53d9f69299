"""What replays of served requests came to, as the store keeps it: read by whoever promotes, checks or shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from core.ids import new_id
from core.language import Text
from monitoring.finding import CRITICAL, NOBODY, Finding, text_as_json, text_of
from monitoring.tables import ParityRun

CHECK = "parity"
CULPRITS_TOLD = 20


@dataclass(frozen=True)
class Culprit:
    """One feature of one served customer that comes out otherwise.

    Attributes:
        kind: `mismatch`; `missing` where it had no value when it was served; `extra` where it had one and has none.
        served: What it was; None for no value.
        computed: What it had to be.
    """

    feature: str
    customer_id: str
    as_of: datetime
    kind: str
    served: float | None
    computed: float | None


@dataclass(frozen=True)
class Parity:
    """What a replay came to.

    Attributes:
        compared: Rows that were computed again.
        skipped: Rows that could not be: data were loaded since, or the release is gone.
        differing: Of the compared rows those with a culprit.
        culprits: All of them, by how often each feature differs.
    """

    since: datetime
    until: datetime
    compared: int = 0
    skipped: int = 0
    differing: int = 0
    culprits: tuple[Culprit, ...] = field(default=())

    @property
    def problem(self) -> Text | None:
        """What is wrong, by the feature that differs most often; None where all is the same."""
        if not self.culprits:
            return None
        first = self.culprits[0]
        return Text(
            "{n} of {of} served customers get other features from the lake: {feature} of customer {customer} as of "
            "{at} was {served} and had to be {computed}",
            {
                "n": self.differing,
                "of": self.compared,
                "feature": first.feature,
                "customer": first.customer_id,
                "at": first.as_of.isoformat(timespec="seconds"),
                "served": _shown(first.served),
                "computed": _shown(first.computed),
            },
        )


def parity_blocks(connection: Connection, *, now: datetime | None = None) -> Text | None:
    """Why nothing may be promoted: what the last replay found; None where it found nothing, or none was made."""
    last = _last(connection, now)
    return None if last is None or last.problem is None else text_of(last.problem)


def latest_parity(connection: Connection, *, until: datetime | None = None) -> list[Finding]:
    """What the last replay found, as a finding of a window; none before there was one that compared anything."""
    last = _last(connection, until)
    if last is None or not last.compared:
        return []
    words = (
        Text("Features of {n} served customers come out the same from the lake", {"n": f"{last.compared:,}"})
        if last.problem is None
        else text_of(last.problem)
    )
    alarm = None if last.problem is None else CRITICAL
    return [
        Finding(CHECK, NOBODY, last.differing / last.compared, words, warning=0.0, critical=0.0, alarm=alarm)
    ]


def _last(connection: Connection, until: datetime | None) -> Any:
    query = select(ParityRun.__table__).order_by(ParityRun.until.desc(), ParityRun.made_at.desc()).limit(1)
    if until is not None:
        query = query.where(ParityRun.until <= until)
    return connection.execute(query).first()


def record(connection: Connection, parity: Parity, now: datetime) -> None:
    """Keep what a replay came to, with its first culprits."""
    problem = parity.problem
    told = [{**vars(one), "as_of": one.as_of.isoformat()} for one in parity.culprits[:CULPRITS_TOLD]]
    row = {
        "run_id": new_id("parity"),
        "made_at": now,
        "since": parity.since,
        "until": parity.until,
        "compared": parity.compared,
        "skipped": parity.skipped,
        "differing": parity.differing,
        "problem": None if problem is None else text_as_json(problem),
        "culprits": {"culprits": told},
    }
    connection.execute(insert(ParityRun), [row])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
