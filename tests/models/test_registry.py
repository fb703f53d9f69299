import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from core.errors import InvalidInputError, NotFoundError, NotReadyError
from models.boosting import BoostedInterest
from models.calibration import Calibration
from models.churn import BoostedChurn, LogisticChurn
from models.logistic import LogisticInterest
from models.packaging import code_version, trusted_types
from models.registry import CHALLENGER, Registry
from models.segments import BEHAVIOUR, CustomerSegments
from models.tracking import quiet_mlflow
from models.versions import ModelVersion

TAGS = ["coffee", "tea"]
ROOT = Path(__file__).parents[2]


def features(n: int = 200) -> pd.DataFrame:
    """Made-up feature rows, some of them with gaps."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(index=pd.Index([f"customer-{number}" for number in range(n)], name="customer_id"))
    for group in ["", *(f"__{tag}" for tag in TAGS)]:
        for name in ("baskets_84d", "baskets_28d", "purchases_ever", "days_since_last_purchase", "spend_84d"):
            frame[name + group] = random.poisson(6, n).astype(float)
        frame.loc[random.random(n) < 0.2, f"days_since_last_purchase{group}"] = np.nan
    for name in sorted(set(BEHAVIOUR).difference(frame.columns)):
        frame[name] = random.gamma(2.0, 10.0, n)
    return frame


X = features()
Y = (X[[f"baskets_84d__{tag}" for tag in TAGS]] > 6).astype(float).set_axis(TAGS, axis=1)
CHURNED = (X[["baskets_28d"]] < 6).astype(float).set_axis(["churned"], axis=1)
LINEAR = LogisticInterest().fit(X, Y)
BOOSTED = BoostedInterest(n_rounds=5).fit(X, Y)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    home = tmp_path_factory.mktemp("home")
    return Registry(f"sqlite:///{home / 'deep' / 'mlflow.db'}", home / "mlartifacts")


@pytest.fixture(scope="module")
def version(registry: Registry) -> ModelVersion:
    with registry.run("interest", "train") as run:
        run.metrics({"macro_ap": 0.5})
        made = run.register("interest", LINEAR, X.head(5), tags={"lake_version": "3"})
    return registry.promote("interest", made.version)


def in_a_fresh_process(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of code that cannot see this checkout: not the folder, not an editable install."""
    hidden = (
        "import sys\n"
        f"sys.path = [p for p in sys.path if not p.startswith({str(ROOT)!r}) or 'site-packages' in p]\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f)]\n"
        "import importlib.util\n"
        "assert importlib.util.find_spec('models') is None\n"
    )
    command = [sys.executable, "-I", "-c", hidden + code]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)  # noqa: S603 (our own)


def test_importing_the_registry_does_not_import_mlflow() -> None:
    code = "import sys, models.registry; print('mlflow' in sys.modules, 'pandas' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (our own)
    assert done.stdout.split() == ["False", "False"]


def test_the_champion_predicts_named_columns(registry: Registry, version: ModelVersion) -> None:
    model = registry.connect().pyfunc.load_model(f"models:/{version.name}@champion")
    predicted = model.predict(X[list(LINEAR.feature_names_in_)])
    pd.testing.assert_frame_equal(predicted, LINEAR.predict_proba(X))


def test_the_estimator_comes_back_whole(registry: Registry, version: ModelVersion) -> None:
    path = list(sys.path)
    loaded = registry.load("interest", version.version)
    pd.testing.assert_frame_equal(loaded.predict_proba(X), LINEAR.predict_proba(X))
    assert type(loaded) is LogisticInterest
    assert sys.path == path


@pytest.mark.parametrize(
    "estimator",
    [
        BOOSTED,
        LogisticChurn().fit(X, CHURNED),
        BoostedChurn(n_rounds=5).fit(X, CHURNED),
        CustomerSegments(n_segments=(2, 3), min_stability=0.0, n_replicates=2).fit(X),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_every_kind_of_estimator_comes_back_whole_and_predicts_by_pyfunc(
    registry: Registry, estimator: Any
) -> None:
    with registry.run("interest", "train") as run:
        made = run.register(type(estimator).__name__, estimator, X.head(5))
    expected = estimator.predict_proba(X)
    pd.testing.assert_frame_equal(registry.load(made.name, made.version).predict_proba(X), expected)
    model = registry.connect().pyfunc.load_model(made.uri)
    pd.testing.assert_frame_equal(model.predict(X[list(estimator.feature_names_in_)]), expected)


@pytest.mark.slow
def test_a_registered_model_loads_without_this_checkout_and_quietly(
    registry: Registry, version: ModelVersion, tmp_path: Path
) -> None:
    rows = X[list(LINEAR.feature_names_in_)].head(3)
    rows.to_pickle(tmp_path / "rows.pkl")
    done = in_a_fresh_process(
        "import mlflow, pandas\n"
        f"mlflow.set_tracking_uri({registry.tracking_uri!r})\n"
        f"model = mlflow.pyfunc.load_model('models:/{version.name}@champion')\n"
        "print(model.predict(pandas.read_pickle('rows.pkl')).to_csv(float_format='%.17g'))\n"
        f"print(type(mlflow.sklearn.load_model({version.uri!r})).__name__)",
        tmp_path,
    )
    assert done.stdout.split() == [
        *LINEAR.predict_proba(rows).to_csv(float_format="%.17g").split(),
        "LogisticInterest",
    ]
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["rows.pkl"]


def test_the_signature_takes_float64_and_the_example_names_nobody(
    registry: Registry, version: ModelVersion
) -> None:
    model = registry.connect().pyfunc.load_model(version.uri)
    schema = model.metadata.signature.inputs
    assert schema.input_names() == list(LINEAR.feature_names_in_)
    assert {str(kind) for kind in schema.input_types()} == {"DataType.double"}
    example = model.input_example
    assert len(example) == 5
    assert "customer" not in example.to_csv()


def test_promoting_moves_the_alias_and_the_old_version_stays(registry: Registry) -> None:
    with registry.run("segments", "train") as run:
        first = run.register("moving", LINEAR, X.head(2), tags={"lake_version": "1"})
        second = run.register("moving", BOOSTED, X.head(2), tags={"lake_version": "2"})
    assert registry.champion("moving") is None
    registry.promote("moving", first.version)
    registry.promote("moving", second.version)
    assert registry.champion("moving") == second
    assert [item.version for item in registry.versions("moving")] == [1, 2]
    assert registry.resolve("moving", 1).tags == {"lake_version": "1"}
    registry.promote("moving", 1, alias=CHALLENGER)
    assert registry.resolve("moving", CHALLENGER) == first


def test_a_version_that_is_not_there_is_told_with_what_is(registry: Registry, version: ModelVersion) -> None:
    with pytest.raises(NotFoundError, match=rf"no version 99; there is: {version.version}"):
        registry.load("interest", 99)
    with pytest.raises(NotReadyError, match="tagloop train"):
        registry.load("nothing")
    with pytest.raises(NotReadyError, match="challenger"):
        registry.promote("interest", "challenger")
    assert registry.champion("nothing") is None
    assert registry.versions("nothing") == []


def test_a_run_keeps_what_is_logged(registry: Registry) -> None:
    figure = Figure()
    figure.add_subplot().plot([0, 1])
    with registry.run("churn", "train 2018-01-01", tags={"lake_version": "3"}) as run:
        run.params({f"setting_{number}": number for number in range(130)})
        run.metrics({"auc": 0.84, **{f"ap/tag_{number}": 0.1 for number in range(1100)}})
        run.table("comparison", pd.DataFrame({"auc": [0.84]}, index=pd.Index(["LR"], name="model")))
        run.figure("calibration", figure)
        run.document("features", {"groups": {"coffee": "咖啡"}})
        with run.child("recency") as child:
            child.metrics({"auc": 0.76})
    kept = registry.client.get_run(run.run_id)
    assert kept.info.status == "FINISHED"
    assert (len(kept.data.params), len(kept.data.metrics)) == (130, 1101)
    assert kept.data.tags["lake_version"] == "3"
    assert registry.client.get_run(child.run_id).data.tags["mlflow.parentRunId"] == run.run_id
    files = registry.artifacts_path / "churn" / run.run_id / "artifacts"
    assert (files / "tables" / "comparison.csv").read_text().split() == ["model,auc", "LR,0.84"]
    assert (files / "tables" / "comparison.json").exists()
    assert (files / "plots" / "calibration.png").exists()
    assert "咖啡" in (files / "features.json").read_text(encoding="utf-8")


def test_a_run_that_raises_is_marked_as_failed(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError), registry.run("churn", "broken") as run:
        raise ZeroDivisionError
    assert registry.client.get_run(run.run_id).info.status == "FAILED"


def test_metrics_logged_before_stand_beside_the_model(registry: Registry, version: ModelVersion) -> None:
    experiment = registry.client.get_experiment_by_name("interest").experiment_id
    models = registry.client.search_logged_models([experiment])
    metrics = [
        {metric.key: metric.value for metric in model.metrics or []}
        for model in models
        if model.source_run_id == version.run_id
    ]
    assert metrics == [{"macro_ap": 0.5}]


def test_the_run_of_an_outer_launcher_is_left_alone(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    with registry.run("interest", "train") as run:
        made = run.register("launched", LINEAR, X.head(2))
    assert made.run_id == run.run_id != "0" * 32


def test_a_model_can_be_registered_inside_a_notebooks_own_run(registry: Registry) -> None:
    mlflow = registry.connect()
    with mlflow.start_run(), registry.run("interest", "train") as run:
        made = run.register("noted", LINEAR, X.head(2))
    assert made.run_id == run.run_id


def test_an_estimator_that_holds_a_frame_is_refused_with_the_reason() -> None:
    estimator: Any = LogisticInterest().fit(X, Y)
    estimator.profile_ = X.head(2)
    with pytest.raises(InvalidInputError, match="no frames"):
        trusted_types(estimator)


def test_an_estimator_that_holds_foreign_objects_is_refused_with_their_type() -> None:
    estimator: Any = LogisticInterest().fit(X, Y)
    estimator.where_ = Path("somewhere")
    with pytest.raises(InvalidInputError, match="pathlib"):
        trusted_types(estimator)


def test_the_code_version_says_commit_or_package() -> None:
    assert code_version()
    assert "\n" not in code_version()


def test_mlflow_sends_nothing_out() -> None:
    quiet_mlflow()
    from mlflow.telemetry.utils import is_telemetry_disabled  # noqa: PLC0415 (only once it was told)

    assert is_telemetry_disabled()


def test_calibrated_model_is_saved_with_its_calibration(registry: Registry) -> None:
    calibrated = BOOSTED.calibrated(Calibration(np.array([0.7, 1.2]), np.array([0.3, -0.1])))
    with registry.run("calibrated", "train") as run:
        run.register("calibrated", calibrated, X.head(5))
    loaded = registry.load("calibrated", 1)
    pd.testing.assert_frame_equal(loaded.predict_proba(X), calibrated.predict_proba(X), check_exact=True)
