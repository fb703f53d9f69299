"""Both models of the tags that only people know, on the random audit: neither learned from whom it is asked of."""

from dataclasses import replace
from datetime import tzinfo

import numpy as np
import pandas as pd

from core.language import Text
from models.evaluation import Holdout
from training.audit_evidence import AuditEvidence
from training.counted import active
from training.given import Given
from training.learn import Learned
from training.loop.champion import Champion
from training.loop.compare import PartComparison, compare_part
from training.loop.side_by_side import CHALLENGER, CHAMPION
from training.reviewed import audit_of

PART = "reviewed"

LEAST_OF_EACH = 20
"""Fewer accepted or rejected customers tell nothing of a tag: a resampling would hardly ever differ."""

_NO_AUDIT = Text("no random audit tells of it yet")
_KEYS = ["tag", "customer_id", "as_of"]


def compare_on_audit(given: Given, learned: Learned, champion: Champion) -> PartComparison | Text:
    """Both models on the random audit as far as it was answered by now; or why nothing can be said yet."""
    since, mine = champion.until(PART, "labels_until"), learned.reviewed.audit
    if since is None or mine is None:
        return _NO_AUDIT
    others = learned.present[active(learned.present, given.counted.activity)]
    theirs = audit_of(
        champion.estimators[PART], since, given.source, given.store, given.decided_until, others
    )
    return both_on_audit(theirs, mine, zone=given.settings.zone, seed=given.settings.seed)


def both_on_audit(
    champion: AuditEvidence, challenger: AuditEvidence, *, zone: tzinfo, seed: int
) -> PartComparison | Text:
    """Average precision over all that was suggested, from what was drawn, by tag; or why nothing can be said yet.

    Each row counts as many times as suggestions it stands for, one over its chance (Hajek, 1971). Whole customers are
    resampled.
    """
    both = _both(champion, challenger)
    holdouts = [found for tag, rows in both.groupby("tag") if (found := _holdout(str(tag), rows)) is not None]
    if not holdouts:
        text = "the random audit has not told {least} accepted and {least} rejected customers of any of its tags yet"
        return Text(text, {"least": LEAST_OF_EACH})
    compared = compare_part(PART, holdouts, "macro_ap", seed=seed)
    if compared is None:
        return _NO_AUDIT
    days = both["as_of"].dt.tz_convert(zone).dt.date
    told = tuple(str(day) for day in dict.fromkeys((days.min(), days.max())))
    return replace(compared, metric="audit_ap", cutoffs=told)


def _both(champion: AuditEvidence, challenger: AuditEvidence) -> pd.DataFrame:
    """Of each audited suggestion what either says."""
    found = challenger.rows.merge(
        champion.rows[[*_KEYS, "probability"]], on=_KEYS, suffixes=("", f"_of_{CHAMPION}")
    )
    return found.dropna(subset=["truth", "probability", f"probability_of_{CHAMPION}"])


def _holdout(tag: str, rows: pd.DataFrame) -> Holdout | None:
    """One tag's; None where too little is known of it."""
    if min((rows["truth"] == 1).sum(), (rows["truth"] == 0).sum()) < LEAST_OF_EACH:
        return None
    index = pd.Index(rows["customer_id"].astype(str), name="customer_id")

    def column(name: str) -> pd.DataFrame:
        return pd.DataFrame({tag: rows[name].to_numpy(dtype=np.float64)}, index=index)

    scores = {CHAMPION: column(f"probability_of_{CHAMPION}"), CHALLENGER: column("probability")}
    return Holdout(tag, column("truth"), scores, weights=1.0 / rows["chance"].to_numpy(dtype=np.float64))
