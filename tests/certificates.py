"""A certificate of coffee: from March 2024 on for sixty days, applied from .72, reviewed from .4."""

from datetime import UTC, datetime, timedelta

from tags.certificates import Certificate

ON = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COFFEE = Certificate(
    tag="coffee",
    model="interest/3",
    certified_on=ON,
    expires_at=ON + 60 * DAY,
    target=0.8,
    confidence=0.9,
    drift=0.03,
    threshold=0.72,
    reason=None,
    n=210,
    customers=180,
    correct=185,
    precision_low=0.81,
    coverage=0.2,
    more_labels=0,
    review_from=0.4,
)
