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

from models.registry import Registry
from tests.conftest import Shop
from tests.tagloop.conftest import free_port


@pytest.mark.slow
@pytest.mark.parametrize("name", ["interest"])
def test_the_champion_answers_and_names_wrong_columns(
    trained_shop: Shop, started: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    settings = trained_shop.settings()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    listen = ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", f"models:/{name}@champion", *listen]
    variables = {
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # MLflow starts uvicorn by its name, as in an activated environment.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    started(command, f"{url}/ping", tmp_path, **variables)

    estimator = Registry(settings.tracking_uri, settings.artifacts_path).load(name)
    columns = list(estimator.feature_names_in_)
    rows = pd.DataFrame(np.arange(3 * len(columns), dtype=float).reshape(3, -1) % 7, columns=columns)
    values: list[list[float | None]] = rows.to_numpy().tolist()
    response = invoke(url, columns, values)
    assert response.status_code == 200, response.text
    answered = pd.DataFrame(response.json()["predictions"])
    assert list(answered.columns) == list(estimator.tags_)
    np.testing.assert_allclose(answered.to_numpy(), np.asarray(estimator.predict_proba(rows)), rtol=1e-12)

    gaps = [[None if value == 1 else value for value in row] for row in values]  # part of the contract
    assert invoke(url, columns, gaps).status_code == 200

    wrong = invoke(url, ["no_such_feature", *columns[1:]], values)
    assert wrong.status_code == 400
    assert columns[0] in wrong.text
    assert "missing" in wrong.text.lower()


def invoke(url: str, columns: list[str], values: list[list[float | None]]) -> httpx.Response:
    body = {"dataframe_split": {"columns": columns, "data": values}}
    return httpx.post(
        f"{url}/invocations",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
