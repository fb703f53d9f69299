"""Whoever moves `@champion` in MLflow, it is what serves seconds later; MLflow never enters the server."""

import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pandas as pd
import pytest

from models.aliases import read_champions, served_versions
from models.registry import CHAMPION, Registry
from models.versions import ModelVersion
from tests.command_line import answered, refused, tagloop_here
from tests.conftest import Shop
from tests.tagloop.conftest import free_port, wait_for


def registry_of(shop: Shop) -> Registry:
    settings = shop.settings()
    return Registry(settings.tracking_uri, settings.artifacts_path)


def register_again(shop: Shop, **tags: str) -> ModelVersion:
    """One more version of the churn model, as a data scientist registers one; nothing is promoted."""
    registry = registry_of(shop)
    champion = registry.champion("churn")
    assert champion is not None
    estimator = registry.load("churn")
    example = _rows(estimator.feature_names_in_)
    with registry.run("another", "another") as run:
        return run.register("churn", estimator, example, tags={**champion.tags, **tags})


def _rows(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([[1.0] * len(columns)] * 3, columns=list(columns))


def churn_version(api: httpx.Client) -> int:
    return int(api.get("/v1/models").json()["models"]["churn"]["version"])


def test_the_alias_moved_in_mlflow_and_back_is_followed_within_seconds(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop], serve: Callable[..., httpx.Client]
) -> None:
    shop = copy_of(trained_shop)
    version = register_again(shop)
    with serve(shop, TAGLOOP_FOLLOW_SECONDS="0.5") as api:
        before = api.get("/v1/models").json()
        first = before["models"]["churn"]["version"]
        assert version.version != first
        # What MLflow's page and its API do when somebody moves the alias there.
        client = registry_of(shop).client
        client.set_registered_model_alias("churn", CHAMPION, str(version.version))
        wait_for(lambda: churn_version(api) == version.version)
        after = api.get("/v1/models").json()
        assert {part: after["models"][part] for part in ("interest", "segments")} == {
            part: before["models"][part] for part in ("interest", "segments")
        }
        client.set_registered_model_alias("churn", CHAMPION, str(first))
        wait_for(lambda: api.get("/v1/models").json() == before)


def test_a_version_that_cannot_serve_leaves_what_serves_and_the_command_says_why(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    shop = copy_of(trained_shop)
    releases = shop.settings().releases_path
    before = served_versions(releases)
    version = register_again(shop, feature_schema_version="of-another-time")
    registry_of(shop).promote("churn", version.version)
    said = refused(shop.home, "release")
    assert "read different features" in said
    assert f"models:/churn/{version.version} of-another-time" in said
    assert served_versions(releases) == before


def test_the_command_changes_nothing_when_the_champions_serve_already(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    shop = copy_of(trained_shop)
    current = (shop.settings().releases_path / "CURRENT").read_text().strip()
    said = answered(shop.home, "release", "--json", run=tagloop_here)
    assert (said["release_id"], said["is_new"]) == (current, False)
    assert said["versions"] == served_versions(shop.settings().releases_path)


def test_a_release_lost_after_the_aliases_moved_is_made_again(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    """As when a promotion was killed between the two."""
    shop = copy_of(trained_shop)
    current = shop.settings().releases_path / "CURRENT"
    before = current.read_text()
    current.unlink()
    assert answered(shop.home, "release", "--json", run=tagloop_here)["is_new"]
    assert current.read_text() == before


def test_the_aliases_are_the_same_by_sql_and_by_mlflow(trained_shop: Shop) -> None:
    registry = registry_of(trained_shop)
    by_mlflow = {
        part: found.version
        for part in ("interest", "churn", "segments")
        if (found := registry.champion(part))
    }
    assert read_champions(registry.tracking_uri) == by_mlflow


def test_looking_for_aliases_makes_no_database(tmp_path: Path) -> None:
    assert read_champions(f"sqlite:///{tmp_path / 'mlflow.db'}") == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_aliases_are_read_from_an_mlflow_server_too(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop], started: Callable[..., Path]
) -> None:
    shop, port = copy_of(trained_shop), free_port()
    store = shop.settings().tracking_uri
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, *listen]
    # Its runners of jobs would load MLflow again, each of them.
    quick = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    started(command, f"http://127.0.0.1:{port}/health", shop.home, **quick)
    assert read_champions(f"http://127.0.0.1:{port}") == read_champions(store)
