"""`mlflow run .` in the local environment, through the project file, for each of its entry points."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from models.release_read import current_release_id
from tests.command_line import ROOT, environment
from tests.conftest import Shop
from tests.small_shop import CUSTOMERS

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def shop(loaded_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A loaded home without models."""
    folder = tmp_path_factory.mktemp("project") / "shop"
    shutil.copytree(loaded_shop.folder, folder)
    return Shop(folder)


def mlflow_run(shop: Shop, entry: str, **parameters: object) -> str:
    """What an entry point printed; MLflow's own note of the run goes to a scratch store."""
    given = [part for name, value in parameters.items() for part in ("-P", f"{name}={value}")]
    done = subprocess.run(  # noqa: S603 (our own project)
        [str(BIN / "mlflow"), "run", str(ROOT), "--env-manager", "local", "-e", entry, *given],
        cwd=shop.folder,
        env=environment(
            shop.home,
            TAGLOOP_LANG="zh",
            MLFLOW_TRACKING_URI=f"sqlite:///{shop.folder / 'outer.db'}",
            MLFLOW_DISABLE_TELEMETRY="true",
            GIT_PYTHON_REFRESH="quiet",
            PATH=os.pathsep.join([str(BIN), os.environ["PATH"]]),
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_project_names_its_entry_points() -> None:
    project = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))
    assert set(project["entry_points"]) == {"features", "train", "retrain", "score", "drift"}


def test_features_entry_point_writes_them(shop: Shop) -> None:
    out = shop.folder / "features.parquet"
    mlflow_run(shop, "features", as_of="2024-01-01", out=out)
    assert len(pd.read_parquet(out)) == CUSTOMERS


def test_train_entry_point_trains_and_promotes_and_score_uses_it(shop: Shop) -> None:
    said = mlflow_run(shop, "train")
    assert "已登记并上线：interest v1, churn v1, segments v1" in said
    assert "审核人至今接受了 0 位、拒绝了 0 位客户，两者各需要 10 位" in said
    for title in ("兴趣：宏平均精确率", "流失：AUC", "分群（中位数）"):
        assert title in said
    assert current_release_id(shop.settings().releases_path)
    out = shop.folder / "scores.parquet"
    mlflow_run(shop, "score", out=out)
    assert len(pd.read_parquet(out)) == CUSTOMERS
