"""Who carried each tag when the windows began, and what that told of what followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from features.histories import Ints, Mask
from tags.audience.roll import Roll, read_roll
from tags.certificates import Certificate
from tags.definition import Tag
from tags.outcome import ReviewedOutcome
from tags.report.estimate import Estimate
from tags.report.following import Followed
from tags.report.quality import Audited, Basis, Coverage, Moment, Precision, Stability, Weight
from tags.report.thresholds import LEAST_CARRIERS
from tags.report.weight import information_value, lift, rate
from tags.report.windows import Window
from tags.taxonomy import Taxonomy

BIG_SPENDERS = 0.8  # from this quantile of a window's spend on somebody is of the fifth that spends most


@dataclass(frozen=True, eq=False)
class Past:
    """One tag over the rows that can tell of it.

    Attributes:
        basis: From what it is known who carried it.
        rows: Which rows of `Followed` these are.
        group: 0 where the customer lacked it, else 1 or the number of its value: shape (n of rows,).
    """

    basis: Basis
    rows: Ints
    group: Ints

    @property
    def carries(self) -> Mask:
        """Whether each row's customer carried it."""
        return self.group > 0


def past_of(
    connection: Connection,
    taxonomy: Taxonomy,
    followed: Followed,
    windows: Sequence[Window],
    first: Mapping[str, datetime],
) -> dict[str, Past]:
    """By tag who carried it: as the profiles were where they knew of it, else as today's rule says of then."""
    kept = {
        tag.key: [
            place for place, window in enumerate(windows) if first.get(tag.key, window.ends) <= window.as_of
        ]
        for tag in taxonomy.current
    }
    rolls = {
        place: read_roll(connection, windows[place].as_of, is_past=True)
        for place in sorted({place for places in kept.values() for place in places})
    }
    numbers = {place: _numbers(roll, followed, place) for place, roll in rolls.items()}
    found = {}
    for key, places in kept.items():
        if places:
            parts = [_kept(rolls[place], numbers[place], key, connection) for place in places]
            rows = np.concatenate([np.flatnonzero(followed.window == place) for place in places])
            found[key] = Past(Basis.KEPT, rows, np.concatenate(parts))
        elif key in followed.recomputed:
            rows = np.arange(len(followed.customer))
            found[key] = Past(Basis.RECOMPUTED, rows, followed.recomputed[key])
    return found


def weight_of(past: Past | None, followed: Followed) -> Weight | None:
    """What the tag told of the windows; None where nothing is known of its past, or too few carried it."""
    if past is None or int(past.carries.sum()) < LEAST_CARRIERS.value:
        return None
    customer, bought = followed.customer[past.rows], followed.bought[past.rows]
    spend, is_big = followed.spend[past.rows], _big_spenders(followed)[past.rows]
    return Weight(
        past.basis,
        int(past.carries.sum()),
        information_value(past.group, bought, customer),
        information_value(past.group, is_big, customer),
        lift(past.carries, bought.astype(np.float64), customer),
        lift(past.carries, spend, customer),
    )


def precision_of(
    tag: Tag,
    past: Past | None,
    followed: Followed,
    certificate: Certificate | None,
    audit: Audited | None = None,
) -> Precision | None:
    """How often it came true of those who carried it: as it turned out, else as the certificate found.

    Of a tag that only reviewers know the random audit tells, and nothing else.
    """
    happened = followed.happened.get(tag.key)
    if tag.outcome is None:
        return None
    if isinstance(tag.outcome, ReviewedOutcome):
        return _audited(tag, audit)
    if past is not None and happened is not None and past.carries.sum() >= LEAST_CARRIERS.value:
        rows = past.rows[past.carries]
        found = rate(happened[rows], followed.customer[rows])
        if found:
            return Precision(
                found, len(rows), past.basis, tag.target_precision, float(happened[past.rows].mean())
            )
    if certificate is None or not certificate.n or certificate.precision_low is None:
        return None
    share = certificate.correct / certificate.n
    # The certificate promises a lower end alone.
    estimate = Estimate(
        share, certificate.precision_low, max(share, min(2 * share - certificate.precision_low, 1.0))
    )
    base = float(happened.mean()) if happened is not None and len(happened) else None
    return Precision(estimate, certificate.n, Basis.CERTIFICATE, tag.target_precision, base)


def _audited(tag: Tag, audit: Audited | None) -> Precision | None:
    if audit is None or audit.applied is None:
        return None
    base = audit.suggested.value if audit.suggested else None
    return Precision(audit.applied, audit.applied_n, Basis.AUDIT, tag.target_precision, base)


def stability_of(
    past: Past | None, followed: Followed, windows: Sequence[Window], coverage: Coverage, now: datetime
) -> Stability:
    """How the tag moved from window to window and until now."""
    today = Moment(now, coverage.share, coverage.customers, None)
    if past is None:
        return Stability(None, [today], None)
    moments: list[Moment] = []
    before: set[int] = set()
    for place in np.unique(followed.window[past.rows]).tolist():
        here = followed.window[past.rows] == place
        carriers = set(followed.customer[past.rows[here & past.carries]].tolist())
        stayed = len(before & carriers) / len(before) if before else None
        moments.append(Moment(windows[place].as_of, len(carriers) / int(here.sum()), len(carriers), stayed))
        before = carriers
    return Stability(past.basis, [*moments, today], _moved([*moments, today]))


def _moved(moments: Sequence[Moment]) -> float | None:
    """The largest factor between neighbours that both have enough carriers."""
    told = [moment for moment in moments if moment.customers >= LEAST_CARRIERS.value]
    factors = [max(one.share / other.share, other.share / one.share) for one, other in pairwise(told)]
    return max(factors, default=None)


def _big_spenders(followed: Followed) -> Mask:
    """Whether each row is of the fifth of its window that spends most; nobody who spends nothing is."""
    found = np.zeros(len(followed.window), dtype=bool)
    for place in np.unique(followed.window).tolist():
        here = followed.window == place
        found[here] = followed.spend[here] > np.quantile(followed.spend[here], BIG_SPENDERS)
    return found


def _numbers(roll: Roll, followed: Followed, place: int) -> Ints:
    """The numbers on the roll of the customers of one window's rows."""
    names = [followed.customer_ids[number] for number in followed.customer[followed.window == place].tolist()]
    return roll.numbers(pa.array(names, pa.string()))


def _kept(roll: Roll, numbers: Ints, tag: str, connection: Connection) -> Ints:
    """0 where a customer lacked the tag, else 1, or the number of the value above it."""
    carries, values = roll.mask(tag, connection)[numbers], roll.value(tag, connection)[numbers]
    return np.where(carries, np.where(values >= 0, values + 2, 1), 0).astype(np.int64)
