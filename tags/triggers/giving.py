"""The claims that triggers make, each named by what caused it, so that a cause gives a tag once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.clock import add_days, midnight
from core.ids import content_id
from features.contract import Event
from tags.profile.claims import NEVER, Claim, Source
from tags.taxonomy import Taxonomy
from tags.triggers.waiting import Wait

LATE = timedelta(minutes=1)
"""A wait that ends more than so long after it was due is told to be late."""


@dataclass(frozen=True)
class Giver:
    """Makes claims by the current definitions, as of one instant.

    Each method gives None where nobody gets the tag: the customer is not in its pilot, or its lifetime is over
    already because the cause became known so late.
    """

    taxonomy: Taxonomy
    zone: ZoneInfo
    now: datetime

    def at_once(self, tag: str, event: Event) -> Claim | None:
        """The tag for an event that has just become known; its lifetime runs from when the event happened."""
        evidence = {"event_id": event.event_id, "event_type": event.type, **_happened(event.occurred_at)}
        until = self._until(tag, event.occurred_at)
        return self._claim(
            tag, event.customer_id, event.event_id, evidence, as_of=event.occurred_at, until=until
        )

    def after(self, wait: Wait) -> Claim | None:
        """The tag whose time has come; its lifetime runs from when it was due."""
        evidence = {**wait.evidence, "due_at": wait.due_at.isoformat()}
        if self.now - wait.due_at > LATE:
            evidence["late_seconds"] = int((self.now - wait.due_at).total_seconds())
        return self._claim(
            wait.tag,
            wait.customer_id,
            wait.cause,
            evidence,
            as_of=wait.began_at,
            until=self._until(wait.tag, wait.due_at),
            version=wait.tag_version,
        )

    def yearly(self, tag: str, customer_id: str, day: date, value: str, *, today: date) -> Claim | None:
        """The tag for a day that is near; it ends with that day."""
        trigger = self.taxonomy[tag].trigger
        evidence = {"attribute": trigger.date if trigger else None, "value": value, "day": day.isoformat()}
        end = midnight(day + timedelta(days=1), self.zone)
        return self._claim(
            tag, customer_id, day.isoformat(), evidence, as_of=midnight(today, self.zone), until=end
        )

    def moved(
        self, tag: str, customer_id: str, tiers: tuple[str, str], change: int, at: datetime
    ) -> Claim | None:
        """The tag for a move from one tier to another, which is the change of that number."""
        evidence = {"from": tiers[0], "to": tiers[1], "change": change, "at": at.isoformat()}
        return self._claim(tag, customer_id, str(change), evidence, as_of=at, until=self._until(tag, at))

    def _until(self, tag: str, begins: datetime) -> datetime:
        days = self.taxonomy[tag].lifetime_days
        return NEVER if days is None else add_days(begins, days, self.zone)

    def _claim(
        self,
        tag: str,
        customer_id: str,
        cause: str,
        evidence: Mapping[str, Any],
        *,
        as_of: datetime,
        until: datetime,
        version: int | None = None,
    ) -> Claim | None:
        if until <= self.now or not self.taxonomy[tag].is_open_to(customer_id):
            return None
        tag_version = self.taxonomy.versions[tag] if version is None else version
        return Claim(
            claim_id=content_id("trigger", tag, str(tag_version), customer_id, cause),
            customer_id=customer_id,
            tag=tag,
            tag_version=tag_version,
            source=Source.TRIGGER,
            source_version=str(tag_version),
            carries=True,
            as_of=as_of,
            until=until,
            evidence=evidence,
        )


def _happened(at: datetime) -> dict[str, str]:
    return {"occurred_at": at.isoformat()}
