"""`tagloop drift` as people and schedulers run it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.language import Text
from core.storage import Store
from models.tracking import Tracking
from monitoring.finding import text_as_json
from monitoring.tables import ParityRun
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop


@pytest.fixture
def shop(trained_shop: Shop, copy_of: Callable[[Shop], Shop]) -> Shop:
    return copy_of(trained_shop)


def test_a_check_is_told_in_the_terminal_on_a_page_and_in_mlflow(shop: Shop, tmp_path: Path) -> None:
    page = tmp_path / "drift.html"
    told = succeeded(shop.home, "drift", "--weeks", "2", "--html", page, "--no-exit-code", run=tagloop_here)
    assert "What was checked" in told
    assert "Features" in told
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") >= 4
    for outside in ('src="http', "src='http", 'href="http', "url(http"):
        assert outside not in html
    assert "@import" not in html.partition("<iframe")[0]  # Evidently's script names it
    settings = shop.settings()
    client = Tracking(settings.tracking_uri, settings.artifacts_path).client
    experiment = client.get_experiment_by_name("drift")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.tags["status"] in {"ok", "warning", "critical"}
    assert "feature_drift" in run.data.metrics


def test_json_and_the_exit_status_say_the_same(shop: Shop, open_shop: Callable[[Shop], Store]) -> None:
    done = tagloop_here(shop.home, "drift", "--json", "--no-log")
    found = json.loads(done.stdout)
    assert done.returncode == found["exit_code"]
    assert found["window"]["customers"] > 100
    assert {one["check"] for one in found["checks"]} >= {"promise", "feature_drift", "volume"}
    store = open_shop(shop)
    with store.write() as connection:  # what was served came out otherwise last night
        row = {
            "run_id": "parity_1",
            "made_at": shop.settings().make_clock().now(),
            "since": shop.settings().make_clock().now(),
            "until": shop.settings().make_clock().now(),
            "compared": 10,
            "skipped": 0,
            "differing": 1,
            "problem": text_as_json(Text("{check}", {"check": "spend_28d of customer m001"})),
            "culprits": {"culprits": []},
        }
        connection.execute(insert(ParityRun), [row])
    again = tagloop_here(shop.home, "drift", "--json", "--no-log")
    assert again.returncode == json.loads(again.stdout)["exit_code"] == 2
    assert not json.loads(again.stdout)["verdict"]["act"]  # a new training would not mend it


def test_nothing_to_look_at_is_said_with_what_to_do(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path
) -> None:
    bare = copy_of(loaded_shop)
    assert "run `tagloop train`" in refused(bare.home, "drift")
    assert "must end in .html" in refused(bare.home, "drift", "--html", tmp_path / "x.txt")


def test_a_wrong_threshold_is_refused_by_name(shop: Shop) -> None:
    (shop.home / "monitoring.yaml").write_text("volumes: {critical: 1}\n", encoding="utf-8")
    said = refused(shop.home, "drift")
    assert "volumes: there is no such threshold" in said


def test_the_last_check_is_what_the_next_one_is_held_against(shop: Shop) -> None:
    first, second = (
        answered(shop.home, "drift", "--json", "--no-log", "--no-exit-code", run=tagloop_here)
        for _ in range(2)
    )
    assert first["window"] == second["window"]
    assert second["incidents"] == []  # told once
