"""GET /v1/drift and the console's page tell what a check of the same home found."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.storage import open_store
from monitoring.check import check_weeks
from monitoring.retrainings import begin, end
from serving.api.schemas.drift import DriftAnswer
from serving.keys import Scope, create_key
from tags.taxonomy import load_taxonomy
from tests.serving.conftest import END, Home, Server


@pytest.fixture(scope="module")
def watched_home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose last six windows were looked at."""
    home = trained_home.copy_to(tmp_path_factory.mktemp("watched") / "shop")
    settings = home.settings.at(END)
    store = open_store(settings)
    check_weeks(settings, store, load_taxonomy(settings.taxonomy), weeks=6)
    with store.write() as connection:
        home.keys["lin"] = create_key(connection, "lin", [Scope.REVIEW], now=END).token
        seq = begin(connection, "retrain", at=END, before={"interest": 1}, release_before="r0")
        end(connection, seq, at=END, happened="promoted", after={"interest": 2}, release_id="r1")
    store.close()
    return home


@pytest.fixture
def watched(watched_home: Home, tmp_path: Path, start: Callable[..., Server]) -> Server:
    return start(watched_home.copy_to(tmp_path / "shop"))


def test_the_api_and_the_page_tell_windows_checks_and_the_verdict(watched: Server) -> None:
    with watched.client() as api:
        response = api.get("/v1/drift")
    found = DriftAnswer.model_validate_json(response.content)
    assert found.window is not None
    assert found.window.ended_at == END
    assert len(found.windows) == 6
    assert found.verdict is not None
    assert found.verdict.act is False
    assert {"promise", "volume", "feature_drift"} <= {one.check for one in found.checks}
    assert all(len(one.findings) <= 20 for one in found.checks)
    realised = [window.course.tags["coffee"].realised for window in found.windows]
    assert [one is not None for one in realised] == [True, False, False, False, False, False]
    _page_shows(watched, found)


def _page_shows(watched: Server, found: DriftAnswer) -> None:
    with httpx.Client(base_url=watched.url) as console:
        console.post("/console/sign-in", data={"key": watched.home.keys["lin"]})
        pages: dict[str, Any] = {}
        for language in ("en", "zh"):
            response = console.get("/console/drift", params={"lang": language, "theme": "dark"})
            assert response.status_code == 200
            pages[language] = response.text
    assert found.verdict is not None
    assert found.verdict.because.en in pages["en"]
    assert found.verdict.because.zh in pages["zh"]
    for html in pages.values():
        assert html.count('<svg class="course"') >= 4
        assert "<script" not in html
        assert "style=" not in html  # the policy would not let it through
        charts = re.findall(r'<svg class="course".*?</svg>', html, flags=re.DOTALL)
        assert all('aria-label="' in chart for chart in charts)
    assert "Precision where tags are applied" in pages["en"]
    assert "Coffee" in pages["en"]
    assert "interest 1 → 2" in pages["en"]


def test_before_anything_was_looked_at_it_is_said_what_to_do(start: Callable[..., Server]) -> None:
    server = start()  # of its own: where others ask for predictions, a window is looked at by itself
    with server.client() as api:
        found = DriftAnswer.model_validate_json(api.get("/v1/drift").content)
    assert (found.window, found.verdict, found.windows, found.checks) == (None, None, [], [])
    with httpx.Client(base_url=server.url) as console:
        console.post("/console/sign-in", data={"key": server.home.keys["review"]})
        html = console.get("/console/drift", params={"lang": "en"}).text
    assert "<code>tagloop drift --weeks 12</code>" in html


def test_a_key_without_the_scope_read_is_refused(server: Server) -> None:
    with server.client("predict") as api:
        assert api.get("/v1/drift").status_code == 403
