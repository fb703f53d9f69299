"""How often the audit's interval holds the truth: audits of four weeks of real suggestions, drawn again and again."""

from datetime import datetime

import pandas as pd

from benchmarks.report import Figure
from core.clock import add_days
from core.errors import NotReadyError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.build import build
from monitoring.saying import decisions_of, probabilities_of
from monitoring.watched import Watched, open_watched
from tagloop.replaying.audit_draws import AuditCoverage, coverage_of, draw_weeks
from tagloop.replaying.record import AUDIT_LEVEL
from tagloop.replaying.reviewers import answer
from tagloop.replaying.truth import Truth, read_truth
from tags.taxonomy import Taxonomy
from training.counted import active, counted

DRAWS = 200
WEEKS, DAYS_A_WEEK = 4, 7
ACCURACY = 0.95
"""How often simulated reviewers are right: the truth is what they would say of everything that is applied."""

CHANCE = 0.05
"""What 200 draws may fall short by without the interval being wrong: some two standard errors."""


def measure(settings: Settings, store: Store, taxonomy: Taxonomy) -> list[Figure]:
    """The share of the draws whose interval holds the truth, of what the release that serves would have said.

    Raises:
        NotReadyError: It would have applied nothing.
    """
    watched = open_watched(settings, store, taxonomy)
    ends = watched.data_ends
    truth = read_truth(watched.source, store, taxonomy, settings.horizon_days, ends)
    first = add_days(ends, -settings.horizon_days - WEEKS * DAYS_A_WEEK + 1, settings.zone)
    frames = {f"week {week + 1}": _week(watched, truth, first, week) for week in range(WEEKS)}
    tags = [tag.key for tag in taxonomy.outcome_tags]
    n_a_day = settings.reviews_per_day * settings.audit_share
    found = draw_weeks(frames, tags, n_a_day, DRAWS, seed=settings.seed)
    if not found:
        raise NotReadyError(
            "The release that serves applies nothing: certify tags first with `tagloop certify`, or train"
        )
    return [_figure(coverage_of(found))]


def _week(watched: Watched, truth: Truth, first: datetime, week: int) -> pd.DataFrame:
    days = [add_days(first, week * DAYS_A_WEEK + day, watched.settings.zone) for day in range(DAYS_A_WEEK)]
    return pd.concat([_suggestions(watched, truth, day) for day in days], ignore_index=True)


def _suggestions(watched: Watched, truth: Truth, day: datetime) -> pd.DataFrame:
    """What the release suggests of active customers on a day, with what reviewers would say of it."""
    release, rows = watched.release, build(watched.source, day)
    rows = rows.loc[active(rows, counted(watched.source).activity), release.facts.feature_columns]
    p = probabilities_of(release, rows.to_numpy(), rows.index)
    decisions = decisions_of(release, p, watched.certificates, day)
    found = p.melt(ignore_index=False, var_name="tag", value_name="confidence").reset_index(
        names="customer_id"
    )
    found["decision"] = decisions.melt()["value"]
    floors = {entry.key: entry.floor for entry in release.facts.tags}
    found = found[found["confidence"] >= found["tag"].map(floors)]
    said = [
        answer(truth, ACCURACY, (0, "anybody"), customer, tag, day)
        for customer, tag in zip(found["customer_id"], found["tag"], strict=True)
    ]
    told = [float("nan") if one is None else float(one) for one in said]
    return found.assign(says=told, day=day)


def _figure(found: AuditCoverage) -> Figure:
    meaning = Text(
        "share of {draws} audits whose {level} interval holds the truth (95%: {low} to {high}); {decisions} "
        "decisions each, intervals {width} wide",
        {
            "draws": found.draws,
            "level": f"{AUDIT_LEVEL:.0%}",
            "low": f"{found.low:.2f}",
            "high": f"{found.high:.2f}",
            "decisions": f"{found.decisions:.0f}",
            "width": f"{found.width:.2f}",
        },
    )
    return Figure("review.audit_coverage", found.share, meaning, target=AUDIT_LEVEL - CHANCE)
