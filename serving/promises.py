"""What is promised of each tag at an instant, ready to be put into answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Literal

from serving.phrases import no_guarantee
from tags.certificates import NO_CERTIFICATE, Certificate

Decision = Literal["apply", "review", "withhold"]
Answer = dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """What holds for one tag.

    Attributes:
        apply_from: The least probability that is applied without a person; infinite where nothing is promised.
        review_from: The least probability that goes to a person.
        guarantee: What is promised, as an answer tells it; None where nothing is.
        no_guarantee: Why nothing is promised; None where something is.
    """

    apply_from: float
    review_from: float
    guarantee: Answer | None
    no_guarantee: Answer | None

    def decide(self, probability: float) -> Decision:
        """What becomes of a suggestion of that probability."""
        if probability >= self.apply_from:
            return "apply"
        return "review" if probability >= self.review_from else "withhold"


@dataclass(frozen=True)
class _Standing:
    """The promises from an instant until before another; None without end."""

    since: datetime | None
    until: datetime | None
    promises: tuple[Promise, ...]

    def holds_at(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


class Promises:
    """The promises of a release's tags, in their order; several threads may share it.

    A tag without a certificate promises nothing and goes to a person from where the others do.

    Args:
        keys: The tags.
        certificates: Those that count for the model versions that serve, by tag.
    """

    def __init__(self, keys: Sequence[str], certificates: Mapping[str, Certificate]) -> None:
        self._certificates = [certificates.get(key) for key in keys]
        self._instants = sorted({at for one in certificates.values() for at in one.changes_at()})
        self._band = max((one.review_from for one in certificates.values()), default=0.0)
        self._standing: _Standing | None = None

    def at(self, now: datetime) -> tuple[Promise, ...]:
        """What is promised at an instant, worked out once for as long as nothing begins or ends."""
        standing = self._standing
        if standing is None or not standing.holds_at(now):
            since = max((at for at in self._instants if at <= now), default=None)
            promises = tuple(promise_of(one, now, self._band) for one in self._certificates)
            self._standing = standing = _Standing(since, self.same_until(now), promises)
        return standing.promises

    def same_until(self, now: datetime) -> datetime | None:
        """Up to when (exclusive) time alone changes nothing; None for ever."""
        return next((at for at in self._instants if at > now), None)


def promise_of(certificate: Certificate | None, now: datetime, band: float = 0.0) -> Promise:
    """What a certificate promises at an instant; none promises nothing."""
    if certificate is None:
        return Promise(inf, band, None, no_guarantee(NO_CERTIFICATE).as_json())
    code = certificate.why_not(now)
    if code is not None:
        return Promise(inf, certificate.review_from, None, no_guarantee(code, certificate).as_json())
    threshold = inf if certificate.threshold is None else certificate.threshold
    return Promise(threshold, certificate.review_from, guarantee(certificate), None)


def guarantee(certificate: Certificate) -> Answer:
    """What a certificate promises, as an answer tells it."""
    return {
        "target": certificate.target,
        "confidence": certificate.confidence,
        "threshold": certificate.threshold,
        "n": certificate.n,
        "customers": certificate.customers,
        "precision_low": certificate.precision_low,
        "certified_on": certificate.certified_on,
        "expires_at": certificate.expires_at,
    }
