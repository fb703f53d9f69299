"""The models that were known at an origin, with their promises, as a quickly trained champion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from core.settings import Settings
from features.build import build_panel
from features.outcomes import Horizon
from features.source import FeatureSource, data_begins_at
from models.arrays import Floats
from models.label_model import LabelModel
from models.linear import LinearModel
from models.segments import CustomerSegments
from monitoring.window import APPLY, REVIEW, WITHHOLD, Promised, Window
from tags.taxonomy import Tag
from training.calibrate import CUTOFFS, Track
from training.candidates import CHURN, interest_contest
from training.certify import Evidence, certify_tags
from training.counted import counted
from training.cutoffs import Calendar, plan_cutoffs
from training.data import churn_rows, interest_rows
from training.forward import forward_scores

INTEREST_KIND, CHURN_KIND = "logistic_history", "logistic"
REVIEWED_FROM = 0.5  # of tags that are not applied
CHURN_ACTIVE, SHOPS = "baskets_56d", "baskets_84d"


@dataclass(frozen=True, eq=False)
class Champion:
    """Models that learned until an origin from what was known then; no model of trees, so that it takes seconds."""

    origin: datetime
    interest: LabelModel
    churn: LabelModel
    segments: CustomerSegments
    promised: Mapping[str, Promised]

    @classmethod
    def at(
        cls, origin: datetime, settings: Settings, source: FeatureSource, tags: Sequence[Tag]
    ) -> "Champion":
        """Trained, calibrated and certified as `tagloop train` does, each with one kind of model."""
        calendar = Calendar(settings.zone, settings.horizon_days, data_begins_at(source, origin))
        plan = plan_cutoffs(origin, calendar)
        panel = build_panel(source, plan.cutoffs, horizon=Horizon(settings.horizon_days, origin))
        counts = counted(source)
        contest = interest_contest(counts)
        keys = [tag.key for tag in tags]
        rows, left = interest_rows(panel, keys, counts.activity), churn_rows(panel)
        cutoffs = plan.judged[-CUTOFFS:]
        scored = forward_scores(contest, (INTEREST_KIND,), rows, plan, cutoffs, seed=settings.seed)
        track = Track(calendar, INTEREST_KIND, dict(zip(cutoffs, scored, strict=True)))
        calibration = track.calibration_at(origin)
        evidence = Evidence.of(track.known_at(origin), INTEREST_KIND, calibration)
        found = certify_tags(evidence, tags)
        known, known_left = rows.at(plan.final), left.at(plan.final)
        interest = contest.make(settings.seed)[INTEREST_KIND].fit(known.X, known.Y)
        interest.calibration_ = calibration
        latest = panel.at(plan.final[-1]).features
        return cls(
            origin,
            interest,
            CHURN.make(settings.seed)[CHURN_KIND].fit(known_left.X, known_left.Y),
            CustomerSegments(n_replicates=3, min_stability=0.0).fit(latest[latest[SHOPS] > 0]),
            {
                tag.key: Promised(tag.target_precision, tag.confidence, one.threshold)
                for tag in tags
                if (one := found[tag.key]).threshold is not None
            },
        )

    @property
    def importance(self) -> "pd.Series[float]":
        """What each feature does to the margins: the coefficients of scaled columns, as shares of each output's sum."""
        shares = [_shares(model) for model in (self.interest, self.churn) if isinstance(model, LinearModel)]
        outputs = pd.concat(shares).fillna(0.0)
        means: pd.Series[float] = outputs.mean()
        return means / means.sum()

    def window(self, began_at: datetime, ended_at: datetime, features: pd.DataFrame) -> Window:
        """What it says of feature rows, one a customer, all as of the window's end."""
        probabilities = self.interest.predict_proba(features)
        nearest = self.segments.arrays_
        squared = nearest.squared_distances(features[list(nearest.columns)].to_numpy(dtype=np.float64))
        risk = self.churn.predict_proba(features).iloc[:, 0].where(features[CHURN_ACTIVE] > 0)
        return Window(
            began_at=began_at,
            ended_at=ended_at,
            release_id="benchmark",
            source="scored",
            population=len(features),
            features=features,
            probabilities=probabilities,
            decisions=self.decisions(probabilities),
            segments=self.segments.predict(features),
            distances=pd.Series(np.sqrt(squared.min(axis=1)), features.index),
            churn=risk.rename("churn"),
            instants=pd.Series(pd.Timestamp(ended_at), features.index),
        )

    def decisions(self, probabilities: pd.DataFrame) -> pd.DataFrame:
        """Apply where certified, review where it is likelier than not, withhold the rest."""
        decided = {}
        for tag in probabilities.columns:
            p: Floats = probabilities[tag].to_numpy(dtype=np.float64)
            one = self.promised.get(str(tag))
            from_here = np.inf if one is None else one.threshold
            decided[tag] = np.select([p >= from_here, p >= REVIEWED_FROM], [APPLY, REVIEW], WITHHOLD)
        return pd.DataFrame(decided, index=probabilities.index, dtype=object)


def _shares(model: LinearModel) -> pd.DataFrame:
    strengths = np.abs(model.coef_)
    return pd.DataFrame(strengths / strengths.sum(axis=1, keepdims=True), columns=model.columns_)
