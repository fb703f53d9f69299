"""Certificates of tags: which threshold was certified for a model version, until when, and why there is none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, ScalarSelect, insert, select, update

from features import counters
from tags.tables import CertificateRow

COUNTER = "certificates"
"""A named number of the store that grows with every change, so that servers notice one."""

NO_CERTIFICATE, EXPIRED, SUSPENDED, NOT_YET = "no_certificate", "expired", "suspended", "not_yet"

Because = Literal["drift", "broken_promise"]


@dataclass(frozen=True)
class Certificate:
    """What was found when a tag was to be certified with a model version.

    Attributes:
        tag: Its key.
        model: The registered version whose probabilities it is about, such as `interest/3`.
        certified_on: What was known then was used, and nothing later.
        expires_at: From then on nothing is promised (exclusive).
        target: The precision that is promised.
        confidence: How sure the promise is.
        drift: The standard deviation of the precision from month to month that was allowed for.
        threshold: The least probability that may be applied; None if the tag could not be certified.
        reason: Why there is no threshold, for programs.
        n: Rows above the threshold, one a customer and cutoff.
        customers: Different customers among them.
        correct: How many came true.
        precision_low: The lower bound of the precision.
        coverage: The share of all that came true that would have been applied.
        more_labels: How many more rows above the threshold would certify it; 0 if it is, None if no number would.
        review_from: The least probability that a person should look at.
        suspended_at: When monitoring withdrew it.
        suspended_because: Why, for programs.
    """

    tag: str
    model: str
    certified_on: datetime
    expires_at: datetime
    target: float
    confidence: float
    drift: float
    threshold: float | None
    reason: str | None
    n: int
    customers: int
    correct: int
    precision_low: float | None
    coverage: float
    more_labels: int | None
    review_from: float
    suspended_at: datetime | None = None
    suspended_because: str | None = None

    def why_not(self, now: datetime) -> str | None:
        """Why nothing is promised at an instant, for programs; None where the promise holds."""
        if self.threshold is None:
            return self.reason or NO_CERTIFICATE
        if now < self.certified_on:
            return NOT_YET
        if now >= self.expires_at:
            return EXPIRED
        if self.suspended_at is not None and now >= self.suspended_at:
            return SUSPENDED
        return None

    def changes_at(self) -> tuple[datetime, ...]:
        """The instants at which time alone begins or ends the promise."""
        if self.threshold is None:
            return ()
        suspended = () if self.suspended_at is None else (self.suspended_at,)
        return (self.certified_on, self.expires_at, *suspended)


_COLUMNS = [getattr(CertificateRow, field.name) for field in fields(Certificate)]


def model_name(part: str, version: int) -> str:
    """What a certificate calls a registered version.

    >>> model_name("interest", 3)
    'interest/3'
    """
    return f"{part}/{version}"


def record(connection: Connection, certificates: Sequence[Certificate]) -> None:
    """Keep what was found; of a tag and model version the last counts.

    What was suspended stays so for that version, however often it is certified again: the evidence of before its
    promise broke would outweigh what broke it. Another version begins anew.
    """
    if certificates:
        rows = [vars(_suspended_as_before(connection, one)) for one in certificates]
        connection.execute(insert(CertificateRow), rows)
        counters.advance(connection, COUNTER)


def read_certificates(connection: Connection, models: Collection[str]) -> dict[str, Certificate]:
    """The certificates that count for those model versions, by tag."""
    query = select(*_COLUMNS).where(CertificateRow.model.in_(models)).order_by(CertificateRow.seq)
    return {row.tag: Certificate(*row) for row in connection.execute(query)} if models else {}


def _suspended_as_before(connection: Connection, certificate: Certificate) -> Certificate:
    before = connection.execute(
        select(CertificateRow.suspended_at, CertificateRow.suspended_because)
        .where(CertificateRow.seq == _newest(certificate.tag, certificate.model))
        .where(CertificateRow.suspended_at.is_not(None))
    ).one_or_none()
    return certificate if before is None else replace(certificate, **before._asdict())


def _newest(tag: str, model: str) -> ScalarSelect[int]:
    return (
        select(CertificateRow.seq)
        .where(CertificateRow.tag == tag, CertificateRow.model == model)
        .order_by(CertificateRow.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def suspend(connection: Connection, tag: str, model: str, because: Because, *, at: datetime) -> bool:
    """Withdraw the certificate of a tag that counts for a model version; False if nothing was promised any more."""
    done = connection.execute(
        update(CertificateRow)
        .where(
            CertificateRow.seq == _newest(tag, model),
            CertificateRow.threshold.is_not(None),
            CertificateRow.suspended_at.is_(None),
        )
        .values(suspended_at=at, suspended_because=because)
    )
    if done.rowcount:
        counters.advance(connection, COUNTER)
    return bool(done.rowcount)
