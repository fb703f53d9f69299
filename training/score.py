"""Scores of all customers as of any instant, by any registered version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from features.build import frames
from features.flush import flush
from features.lake import Lake
from features.source import open_source
from models.inputs import PARTS
from models.registry import CHAMPION, Registry
from review.decisions import decided
from tags.certificates import model_name, read_certificates
from tags.taxonomy import Taxonomy
from training.counted import active, counted
from training.data import CHURN_ACTIVE_DAYS
from training.decisions import decide

CUSTOMERS_AT_ONCE = 4_096  # enough that the models' own overhead counts for little

Population = Literal["all", "interest", "churn"]


def score(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    as_of: datetime,
    versions: Mapping[str, str] | None = None,
    population: Population = "all",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One row a customer, sorted by customer_id: instant, tags, decisions, churn and segment.

    The columns are `as_of`, `tag__KEY` and `decision__KEY` of each tag, `churn`, `segment` and `membership`.
    `population` narrows the rows to those that a model is evaluated on: who did in the last 84 days what the tags'
    outcomes count (interest), or had an order in the last 56 (churn). `churn` is NaN for customers without an order
    in the last 56 days. What no promoted model predicts is missing: a tag's columns, or every value of `churn`,
    `segment` and `membership`. A decision is what serving would answer as of that instant: see
    `training.decisions.decide`. `versions` names a version of a model instead of its champion. Memory is bounded by a
    bucket of the lake, some thousand customers' features and the scores.

    Raises:
        NotReadyError: Nothing was loaded or trained yet.
        NotFoundError: There is no such version.
    """
    flush(store, Lake(settings.lake_path, buckets=settings.lake_buckets))
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
    activity = counted(source).activity
    models = _load(settings, dict(versions or {}))
    with store.read() as connection:
        certificates = read_certificates(connection, [one.model for one in models.values()])
    scored = []
    for frame in frames(source, as_of, at_least=CUSTOMERS_AT_ONCE, progress=progress):
        of_asked = frame[_asked(frame, population, activity)]
        with store.read() as connection:
            people = decided(connection, [str(name) for name in of_asked.index], as_of)

        def decide_all(probabilities: pd.DataFrame, people: Mapping[str, Any] = people) -> pd.DataFrame:
            return decide(probabilities, certificates, people, taxonomy, as_of)

        scored.append(_scores(models, of_asked, as_of, decide_all))
    return pd.concat(scored).sort_index()


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A registered version: its estimator, and what certificates call it."""

    estimator: Any
    model: str


def _load(settings: Settings, versions: Mapping[str, str]) -> dict[str, _Loaded]:
    """The models to score with: the versions named, else the champions."""
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    models = {
        name: _load_one(registry, name, versions.get(name, CHAMPION))
        for name in PARTS
        if name in versions or registry.champion(name)
    }
    if not models:
        raise NotReadyError("No model has been promoted yet: run `tagloop train`")
    return models


def _load_one(registry: Registry, name: str, version: str) -> _Loaded:
    found = registry.resolve(name, version)
    return _Loaded(registry.load(name, found.version), model_name(name, found.version))


def _scores(
    loaded: Mapping[str, _Loaded],
    frame: pd.DataFrame,
    as_of: datetime,
    decide_all: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    models = {name: one.estimator for name, one in loaded.items()}
    tags = [models[name].predict_proba(frame) for name in ("interest", "reviewed") if name in models]
    return pd.concat(
        [
            pd.Series(pd.Timestamp(as_of).tz_convert("UTC"), index=frame.index, name="as_of"),
            *(of_model.add_prefix("tag__") for of_model in tags),
            *(decide_all(of_model).add_prefix("decision__") for of_model in tags),
            _churn(models.get("churn"), frame),
            *_segment(models.get("segments"), frame),
        ],
        axis=1,
    )


def _churn(model: Any, frame: pd.DataFrame) -> "pd.Series[float]":
    if model is None:
        return pd.Series(np.nan, index=frame.index, name="churn")
    active = frame[f"baskets_{CHURN_ACTIVE_DAYS}d"] > 0
    scores: pd.Series[float] = model.predict_proba(frame).iloc[:, 0]
    return scores.where(active, np.nan).rename("churn")


def _segment(model: Any, frame: pd.DataFrame) -> "list[pd.Series[Any]]":
    """The nearest segment, and the degree to which a customer belongs there."""
    degrees = (
        pd.DataFrame(np.nan, index=frame.index, columns=[""]) if model is None else model.membership(frame)
    )
    nearest = (
        degrees.idxmax(axis=1) if model is not None and len(degrees) else pd.Series(None, frame.index, object)
    )
    return [nearest.rename("segment"), degrees.max(axis=1).rename("membership")]


def _asked(frame: pd.DataFrame, population: Population, activity: tuple[str, ...]) -> "pd.Series[bool]":
    if population == "all":
        return pd.Series(data=True, index=frame.index)
    return active(frame, activity) if population == "interest" else frame[f"baskets_{CHURN_ACTIVE_DAYS}d"] > 0
