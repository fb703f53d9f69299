"""`mlflow models serve` answers with the registered models as they are, beside Tagloop's own server."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc import scoring_server
from starlette.testclient import TestClient

from models.registry import Registry
from tests.conftest import Shop
from tests.tagloop.conftest import free_port


@pytest.mark.slow
def test_the_champion_answers_and_names_wrong_columns(
    trained_shop: Shop, started: Callable[..., Path], tmp_path: Path
) -> None:
    settings = trained_shop.settings()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    listen = ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/interest@champion", *listen]
    variables = {
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # MLflow starts uvicorn by its name, as in an activated environment.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    started(command, f"{url}/ping", tmp_path, **variables)
    with httpx.Client(base_url=url, timeout=60) as client:
        check_answers(client, trained_shop, "interest")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["churn", "segments"])
def test_the_other_champions_answer_as_well(trained_shop: Shop, name: str) -> None:
    """In the application that `mlflow models serve` runs; one process of it is seen to start above."""
    mlflow = registry_of(trained_shop).connect()
    model = scoring_server.load_model_with_mlflow_config(f"models:/{name}@champion")  # type: ignore[no-untyped-call]
    assert mlflow.get_tracking_uri() == trained_shop.settings().tracking_uri
    with TestClient(scoring_server.init(model)) as client:
        check_answers(client, trained_shop, name)


def check_answers(client: httpx.Client, shop: Shop, name: str) -> None:
    """It predicts what the registered estimator does, takes gaps, and names a column that is missing."""
    estimator = registry_of(shop).load(name)
    columns = list(estimator.feature_names_in_)
    rows = pd.DataFrame(np.arange(3 * len(columns), dtype=float).reshape(3, -1) % 7, columns=columns)
    values: list[list[float | None]] = rows.to_numpy().tolist()
    response = invoke(client, columns, values)
    assert response.status_code == 200, response.text
    answered = pd.DataFrame(response.json()["predictions"])
    expected = estimator.predict_proba(rows)
    assert list(answered.columns) == list(expected.columns)
    np.testing.assert_allclose(answered.to_numpy(), expected.to_numpy(), rtol=1e-12)

    gaps = [[None if value == 1 else value for value in row] for row in values]  # part of the contract
    assert invoke(client, columns, gaps).status_code == 200

    wrong = invoke(client, ["no_such_feature", *columns[1:]], values)
    assert wrong.status_code == 400
    assert columns[0] in wrong.text
    assert "missing" in wrong.text.lower()


def registry_of(shop: Shop) -> Registry:
    settings = shop.settings()
    return Registry(settings.tracking_uri, settings.artifacts_path)


def invoke(client: httpx.Client, columns: list[str], values: list[list[float | None]]) -> httpx.Response:
    body = {"dataframe_split": {"columns": columns, "data": values}}
    headers = {"Content-Type": "application/json"}
    return client.post("/invocations", content=json.dumps(body), headers=headers)
