"""What is said to have moved a margin adds up to it, whatever kind of model it is of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.arrays import Floats, sigmoid
from models.baselines import BoughtInterest, CountWithRateInterest, PopularityInterest, PurchaseCountInterest
from models.blend import BlendedModel
from models.boosting import BoostedInterest
from models.calibration import Calibration
from models.churn import CHURNED, BoostedChurn, FrequencyChurn, LogisticChurn, RecencyChurn
from models.contributions import Contributions
from models.label_model import LabelModel
from models.logistic import LogisticInterest
from models.pooled import PooledInterest
from models.release import Release
from models.release_manifest import Names, Origin, ReleaseFacts, RiskEntry, TagEntry
from models.release_read import load_release
from models.release_write import write_release

INTEREST: dict[str, Callable[[], LabelModel]] = {
    "popularity": PopularityInterest,
    "bought_84d": BoughtInterest,
    "purchase_count": PurchaseCountInterest,
    "count_with_rate": CountWithRateInterest,
    "logistic": LogisticInterest,
    "logistic_history": lambda: LogisticInterest("history"),
    "lightgbm": lambda: BoostedInterest(n_rounds=30),
    "pooled": lambda: PooledInterest(n_rounds=30),
    "blend": lambda: BlendedModel([BoostedInterest(n_rounds=10), PooledInterest(n_rounds=10)]),
    "linear blend": lambda: BlendedModel([LogisticInterest(), BoostedInterest(n_rounds=10)]),
}
CHURN: dict[str, Callable[[], LabelModel]] = {
    "recency": RecencyChurn,
    "frequency": FrequencyChurn,
    "logistic": LogisticChurn,
    "lightgbm": lambda: BoostedChurn(n_rounds=30),
}
MAKERS = {"interest": INTEREST, "churn": CHURN}
KINDS = [*(("interest", name) for name in INTEREST), *(("churn", name) for name in CHURN)]


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def released(
    request: pytest.FixtureRequest, panel: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, LabelModel, Release]:
    """A part's name, an estimator of one kind, and the release made from it."""
    part, name = request.param
    estimator = MAKERS[part][name]().fit(panel.X, panel.Y if part == "interest" else panel.churned[[CHURNED]])
    facts = ReleaseFacts(
        origins={part: Origin(name=part, version=1, run_id="run")},
        feature_columns=tuple(panel.X.columns),
        feature_schema_version="1",
        feature_spec={},
        taxonomy_version="1",
        tags=tuple(TagEntry(key=tag, names=Names(en=tag, zh=tag)) for tag in estimator.tags_)
        if part == "interest"
        else (),
        risk_levels=(RiskEntry(key="low", at_least=0.0, names=Names(en="Low", zh="低")),),
    )
    folder = tmp_path_factory.mktemp("releases")
    return part, estimator, load_release(folder, write_release(folder, facts, {part: estimator}))


@pytest.fixture
def rows(later: Any) -> pd.DataFrame:
    """Customers that no model learned from, some of them with nothing known."""
    X: pd.DataFrame = later.X.copy()
    X.iloc[::7] = np.nan
    return X


def of_every_output(part: str, release: Release, rows: Floats, outputs: int) -> list[Contributions]:
    if part == "interest":
        return [release.tag_contributions(rows, output) for output in range(outputs)]
    assert release.churn is not None
    return [release.churn.contributions(rows, 0)]


def test_the_parts_add_up_to_the_margin(
    released: tuple[str, LabelModel, Release], rows: pd.DataFrame
) -> None:
    part, estimator, release = released
    margins = logit(estimator.predict_proba(rows).to_numpy())
    found = of_every_output(part, release, rows.to_numpy(), margins.shape[1])
    assert len(found) == margins.shape[1]
    for output, parts in enumerate(found):
        np.testing.assert_allclose(
            parts.base + parts.values.sum(axis=1), margins[:, output], atol=1e-9, rtol=0
        )
        np.testing.assert_allclose(parts.margin, margins[:, output], atol=1e-9, rtol=0)


def test_no_part_is_of_a_column_that_the_model_does_not_read(
    released: tuple[str, LabelModel, Release], rows: pd.DataFrame
) -> None:
    part, estimator, release = released
    for parts in of_every_output(part, release, rows.to_numpy(), len(estimator.tags_)):
        assert parts.values.shape == (len(rows), len(parts.columns))
        assert set(parts.columns) <= set(estimator.feature_names_in_)


def test_a_column_without_a_part_changes_nothing(
    released: tuple[str, LabelModel, Release], rows: pd.DataFrame
) -> None:
    """Whatever a model says nothing of for all customers may become anything: the margin stays."""
    part, estimator, release = released
    before = of_every_output(part, release, rows.to_numpy(), len(estimator.tags_))
    for output, parts in enumerate(before):
        silent = [name for place, name in enumerate(parts.columns) if not parts.values[:, place].any()]
        changed = rows.assign(**dict.fromkeys(silent, 1e6)).to_numpy()
        after = of_every_output(part, release, changed, len(estimator.tags_))[output]
        np.testing.assert_allclose(after.margin, parts.margin, atol=1e-9, rtol=0)


def test_one_row_has_the_parts_that_it_has_among_many(
    released: tuple[str, LabelModel, Release], rows: pd.DataFrame
) -> None:
    part, estimator, release = released
    together = of_every_output(part, release, rows.to_numpy(), len(estimator.tags_))
    alone = of_every_output(part, release, rows.to_numpy()[5:6], len(estimator.tags_))
    for one, many in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.values[0], many.values[5], atol=1e-12, rtol=0)


def test_calibration_leaves_the_margin_and_its_parts_as_they_are(
    released: tuple[str, LabelModel, Release], rows: pd.DataFrame, tmp_path: Path
) -> None:
    part, estimator, release = released
    labels = len(estimator.tags_)
    calibrated = estimator.calibrated(Calibration(np.full(labels, 0.7), np.full(labels, -0.4)))
    other = load_release(tmp_path, write_release(tmp_path, release.facts, {part: calibrated}))
    before = of_every_output(part, release, rows.to_numpy(), labels)
    after = of_every_output(part, other, rows.to_numpy(), labels)
    said = calibrated.predict_proba(rows).to_numpy()
    for output, (one, same) in enumerate(zip(before, after, strict=True)):
        np.testing.assert_array_equal(same.values, one.values)
        np.testing.assert_allclose(sigmoid(0.7 * same.margin - 0.4), said[:, output], atol=1e-9)


def logit(probability: Floats) -> Floats:
    margin: Floats = np.log(probability) - np.log1p(-probability)
    np.testing.assert_allclose(sigmoid(margin), probability)
    return margin
