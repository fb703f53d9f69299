"""Whole trainings of the small shop: nothing from later is used, what is logged can be recomputed from files,
and whenever the process dies a whole release serves."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.clock import midnight
from core.settings import Settings
from core.storage import Store, open_store
from features.build import build, build_panel
from features.outcomes import Horizon
from features.source import data_begins_at, open_source
from models.arrays import LinearArrays
from models.registry import Registry
from models.release_read import current_release_id, load_release
from models.versions import ModelVersion
from tags.taxonomy import load_taxonomy
from tests.command_line import ROOT, environment, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.homes import copy_home
from tests.small_shop import FIRST_DAY, write_config, write_shop
from tests.training.decisions import decide
from training.candidates import CHURN, INTEREST
from training.contest import fit_final
from training.cutoffs import Calendar, plan_cutoffs
from training.data import churn_rows, interest_rows
from training.promotion import promote
from training.train import train

pytestmark = pytest.mark.slow

T = date(2023, 12, 1)
REVIEWED_ON = date(2023, 11, 15)
GOURMETS = {f"m{number:03}": number % 2 == 0 for number in range(60)}

DIES = """
import os, sys
import training.promotion
from core.clock import midnight
from core.settings import Settings
from core.storage import open_store
from datetime import date
from tags.taxonomy import load_taxonomy
from training.train import train

training.promotion.make_current = lambda *_: os._exit(9)
settings = Settings()
until = midnight(date.fromisoformat(sys.argv[1]), settings.zone)
train(settings, open_store(settings), load_taxonomy(settings.taxonomy), until=until)
"""


@dataclass(frozen=True)
class Trained:
    """A home in which the shop was trained until T, with decisions of reviewers from before and after."""

    shop: Shop
    store: Store

    @property
    def settings(self) -> Settings:
        return self.shop.settings()

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.settings.tracking_uri, self.settings.artifacts_path)

    def version(self, name: str) -> ModelVersion:
        return self.registry.versions(name)[-1]

    def estimator(self, name: str) -> Any:
        return self.registry.load(name, self.version(name).version)

    def table(self, name: str, version: int, table: str = "comparison") -> pd.DataFrame:
        run_id = self.registry.resolve(name, version).run_id
        uri = f"runs:/{run_id}/tables/{table}.csv"
        file = self.registry.connect().artifacts.download_artifacts(artifact_uri=uri)
        return pd.read_csv(file, index_col="model")


def at(settings: Settings, day: date) -> datetime:
    return midnight(day, settings.zone)


def review(settings: Settings, store: Store) -> None:
    """Decisions that a training until T learns from, and later ones that say the opposite."""
    decide(settings, store, "gourmet", GOURMETS, at=at(settings, REVIEWED_ON))
    opposite = {name: not value for name, value in GOURMETS.items()}
    decide(settings, store, "gourmet", opposite, at=at(settings, T) + timedelta(days=3))


@pytest.fixture(scope="module")
def died(trained_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """The whole shop, with a release until March, trained until T by a process that died while promoting."""

    folder = tmp_path_factory.mktemp("died") / "shop"
    copy_home(trained_shop.folder, folder)
    shop = Shop(folder)
    store = open_store(shop.settings())
    review(shop.settings(), store)
    command = [sys.executable, "-c", DIES, str(T)]
    done = subprocess.run(  # noqa: S603 (our own script)
        command, cwd=ROOT, env=environment(shop.home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 9, done.stderr
    yield Trained(shop, store)
    store.close()


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """The shop's files as they were at T, loaded and trained."""
    shop = Shop(tmp_path_factory.mktemp("ended"))
    write_shop(shop.mapping.parent, until_day=(T - FIRST_DAY.date()).days)
    write_config(shop.home, shop.taxonomy)
    succeeded(shop.home, "ingest", shop.mapping, run=tagloop_here)
    settings, store = shop.settings(), open_store(shop.settings())
    decide(settings, store, "gourmet", GOURMETS, at=at(settings, REVIEWED_ON))
    train(settings, store, load_taxonomy(settings.taxonomy), until=at(settings, T), promote_if_good=False)
    yield Trained(shop, store)
    store.close()


def arrays_of(estimator: Any) -> dict[str, Any]:
    """Everything that a linear model or the segments learned."""
    arrays = estimator.arrays_
    own = {name: value for name, value in vars(arrays).items() if isinstance(value, np.ndarray)}
    preparation = {
        name: value for name, value in vars(arrays.preparation).items() if isinstance(value, np.ndarray)
    }
    return {**own, **preparation}


@pytest.mark.parametrize("name", ["interest", "churn", "segments", "reviewed"])
def test_training_until_a_day_learns_the_same_with_and_without_later_data(
    name: str, died: Trained, ended: Trained
) -> None:
    with_later, without = died.estimator(name), ended.estimator(name)
    assert type(with_later) is type(without)
    assert list(with_later.feature_names_in_) == list(without.feature_names_in_)
    if isinstance(with_later.arrays_, LinearArrays):
        assert np.abs(with_later.arrays_.coef).max() > 0
    first, second = arrays_of(with_later), arrays_of(without)
    assert first.keys() == second.keys()
    for key, values in first.items():
        np.testing.assert_array_equal(values, second[key], err_msg=key)


@pytest.mark.parametrize("name", ["interest", "churn"])
def test_comparison_until_a_day_is_the_same_with_and_without_later_data(
    name: str, died: Trained, ended: Trained
) -> None:
    first, second = (home.table(name, home.version(name).version) for home in (died, ended))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_versions_say_what_they_were_made_from(died: Trained, ended: Trained) -> None:
    for home in (died, ended):
        tags = home.version("interest").tags
        assert tags["until"] == "2023-12-01T00:00:00+08:00"
        assert tags.keys() >= {"lake_version", "taxonomy_version", "feature_schema_version", "code_version"}
    assert died.version("interest").tags["taxonomy_version"] == load_taxonomy(died.shop.taxonomy).version


def test_release_of_before_serves_whole_when_a_promotion_dies(died: Trained, trained_shop: Shop) -> None:
    serving = current_release_id(died.settings.releases_path)
    assert serving == current_release_id(trained_shop.settings().releases_path)
    release = load_release(died.settings.releases_path)
    assert release.facts.origins["interest"].version == 1
    assert release.interest is not None


def test_doctor_tells_that_a_promotion_died_and_what_to_do(died: Trained) -> None:
    assert died.registry.champion("interest") == died.version("interest")
    done = tagloop_here(died.shop.home, "doctor")
    assert done.returncode == 1
    assert "MLflow's champion is 2: run `tagloop train`" in done.stdout


def fitted_until_t(home: Trained, name: str, kind: str) -> int:
    """The number of a new version: that kind of model, fitted on what was known at T."""
    settings, taxonomy = home.settings, load_taxonomy(home.shop.taxonomy)
    source = open_source(settings, home.store, taxonomy.groups, targets=taxonomy.targets)
    until = at(settings, T)
    plan = plan_cutoffs(until, Calendar(settings.zone, settings.horizon_days, data_begins_at(source, until)))
    panel = build_panel(source, plan.final, horizon=Horizon(settings.horizon_days, until))
    tags = [tag.key for tag in taxonomy.outcome_tags]
    contest, rows = (
        (INTEREST, interest_rows(panel, tags)) if name == "interest" else (CHURN, churn_rows(panel))
    )
    model = fit_final(contest, kind, rows, seed=settings.seed)
    with home.registry.run(name, f"{kind} until {T}") as run:
        return run.register(name, model, rows.X.head(5)).version


@pytest.mark.parametrize("name", ["interest", "churn"])
def test_logged_figures_can_be_recomputed_from_files(
    name: str, died: Trained, ended: Trained, tmp_path: Path
) -> None:
    """Scores and outcomes written by two commands give the comparison table's number at T."""
    # Version 1 was trained until March, so its table tells how models fitted until T did at T.
    run_id = died.registry.resolve(name, 1).run_id
    chosen = died.registry.client.get_run(run_id).data.params["model"]
    version = fitted_until_t(ended, name, chosen)
    scores, outcomes = tmp_path / "scores.csv", tmp_path / "features.parquet"
    asked = ("--as-of", str(T), "--population", name, "--model-version", f"{name}={version}")
    succeeded(ended.shop.home, "score", *asked, "--out", scores, run=tagloop_here)
    succeeded(
        died.shop.home, "features", "--as-of", str(T), "--outcomes", "--out", outcomes, run=tagloop_here
    )
    said = pd.read_csv(scores, index_col="customer_id")
    happened = pd.read_parquet(outcomes).set_index("customer_id").loc[said.index]
    if name == "interest":
        tags = [tag.key for tag in load_taxonomy(died.shop.taxonomy).outcome_tags]
        figure = np.mean(
            [average_precision_score(happened[f"outcome__{tag}"], said[f"tag__{tag}"]) for tag in tags]
        )
    else:
        figure = roc_auc_score(happened["outcome__churned"], said["churn"])
    assert figure == pytest.approx(died.table(name, 1)[str(T)][chosen], abs=1e-12)


def test_champion_predicts_named_columns_by_pyfunc(died: Trained) -> None:
    settings = died.settings
    source = open_source(settings, died.store, load_taxonomy(settings.taxonomy).groups)
    frame = build(source, at(settings, T))
    model = died.registry.connect().pyfunc.load_model("models:/interest@champion")
    predicted = model.predict(frame[model.metadata.signature.inputs.input_names()])
    assert list(predicted.columns) == ["coffee", "tea", "cat", "wine", "baby"]
    pd.testing.assert_frame_equal(predicted, died.estimator("interest").predict_proba(frame))


def test_runs_hold_tables_plots_and_one_child_a_candidate(died: Trained) -> None:
    client, run_id = died.registry.client, died.version("interest").run_id
    kept = {file.path for folder in ("tables", "plots") for file in client.list_artifacts(run_id, folder)}
    assert kept >= {"tables/comparison.csv", "tables/by_tag.csv", "plots/precision_recall.png"}
    assert kept >= {"plots/calibration.png", "plots/importance.png", "plots/comparison.png"}
    experiment = client.get_experiment_by_name("interest").experiment_id
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run_id}'")
    development = died.table("interest", 2, "development")
    reported = died.table("interest", 2)
    assert {run.info.run_name for run in children} == {*reported.index, *development.index}
    assert {"logistic", "lightgbm"} <= set(development.index)
    assert list(development.columns[:3]) == ["2023-06-01", "2023-07-01", "2023-08-01"]
    assert list(reported.columns[:3]) == ["2023-09-01", "2023-10-01", "2023-11-01"]
    figures = {run.info.run_name: run.data.metrics for run in children}
    assert figures["lightgbm"]["development/macro_ap/mean"] == development["mean"]["lightgbm"]
    metrics = client.get_run(run_id).data.metrics
    assert metrics.keys() >= {"macro_ap/mean", "macro_ap/slice_mean", "ap/coffee", "ap/baby"}


def test_reviewed_tags_are_registered_with_their_quality(died: Trained) -> None:
    version = died.version("reviewed")
    assert list(died.estimator("reviewed").tags_) == ["gourmet"]
    assert {"ap/gourmet", "auc/gourmet"} <= died.registry.client.get_run(version.run_id).data.metrics.keys()


def test_promotion_done_again_serves_what_the_aliases_name(died: Trained) -> None:
    """Last of this file: it mends what the death left."""
    settings, taxonomy = died.settings, load_taxonomy(died.shop.taxonomy)
    source = open_source(settings, died.store, taxonomy.groups)
    names = ("interest", "churn", "segments", "reviewed")
    estimators = {name: died.estimator(name) for name in names}
    versions = {name: died.version(name) for name in names}
    present = build(source, at(settings, T))
    release_id = promote(settings, died.registry, source, taxonomy, estimators, versions, present)
    assert current_release_id(settings.releases_path) == release_id
    release = load_release(settings.releases_path)
    champions = {name: died.registry.champion(name) for name in names}
    assert {name: origin.version for name, origin in release.facts.origins.items()} == {
        name: champion.version for name, champion in champions.items() if champion
    }
    assert [tag.key for tag in release.facts.tags][-1] == "gourmet"
    typical, active = release.facts.typical, present[present["baskets_84d"] > 0]
    assert set(typical) == set(release.facts.feature_columns)
    assert typical["baskets_84d"] == active["baskets_84d"].median()
    assert typical["profile_city__杭州"] == active["profile_city__杭州"].mean()
    rows = present[list(release.facts.feature_columns)].to_numpy()
    expected = estimators["reviewed"].predict_proba(present)["gourmet"]
    found = release.predict(rows).interest
    assert found is not None
    np.testing.assert_allclose(found[:, -1], expected, rtol=1e-12)
    assert "Everything is sound" in succeeded(died.shop.home, "doctor", run=tagloop_here)


def test_training_without_enough_data_says_so(ended: Trained) -> None:
    said = refused(ended.shop.home, "train", "--until", "2023-01-03")
    assert "Nothing was trained: no model has the data that it needs" in said
    assert (
        "churn: The data is too short: from 2023-01-02 to 2023-01-03 are 1 days, and 145 are needed" in said
    )
    assert "segments: " in said
