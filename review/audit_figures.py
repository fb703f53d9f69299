"""What the random audit says of each tag: how often it fits, and how far people and outcomes agree."""

from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from core.clock import add_days
from core.settings import Settings
from review.audit import audit_frames, audited, precision_of_audit
from review.chosen import AUDIT
from review.outcomes import read_outcomes
from review.weighted_share import weighted_share
from tags.report.estimate import Estimate
from tags.report.quality import Audited
from tags.taxonomy import Taxonomy

DAYS = 90
"""Draws of so many days count: of older ones other models were asked."""

LEVEL = 0.95


def audit_figures(
    connection: Connection, settings: Settings, taxonomy: Taxonomy, *, now: datetime
) -> dict[str, Audited]:
    """By tag what the audit of the last `DAYS` says; tags of which nothing was decided are left out."""
    since = add_days(now, -DAYS, settings.zone)
    tags = [tag.key for tag in taxonomy.current]
    rows = audited(connection, tags=tags, since=since, until=now)
    frames = audit_frames(connection, tags=tags, since=since, until=now)
    outcomes = read_outcomes(connection, tags=tags, until=now, stream=AUDIT)
    return {
        str(tag): _of_tag(own, frames[frames["tag"] == tag], outcomes[outcomes["tag"] == tag])
        for tag, own in rows.groupby("tag", sort=False)
    }


def _of_tag(rows: pd.DataFrame, frames: pd.DataFrame, outcomes: pd.DataFrame) -> Audited:
    known = rows[rows["confidence"].notna()]
    applied = rows[rows["decision"] == "apply"]
    told = rows.merge(
        outcomes[["customer_id", "as_of", "value"]], on=["customer_id", "as_of"], suffixes=("", "_outcome")
    )
    return Audited(
        n=len(rows),
        applied_n=len(applied),
        applied=_precision(applied, frames[frames["decision"] == "apply"]),
        suggested=_precision(known, frames),
        outcomes_n=len(told),
        agrees_with_outcomes=_agreement(told),
    )


def _precision(rows: pd.DataFrame, frames: pd.DataFrame) -> Estimate | None:
    if rows.empty:
        return None
    found = precision_of_audit(rows, frames, level=LEVEL)
    return Estimate(found.value, found.low, found.high)


def _agreement(told: pd.DataFrame) -> Estimate | None:
    """Of all that was suggested, how often people say what then turned out."""
    if told.empty:
        return None
    same = told["value"] == told["value_outcome"].astype(bool)
    found = weighted_share(
        np.asarray(same, dtype=np.float64),
        told["probability"].to_numpy(dtype="float64"),
        told["customer_id"].to_numpy(),
        level=LEVEL,
    )
    return Estimate(found.value, found.low, found.high)
