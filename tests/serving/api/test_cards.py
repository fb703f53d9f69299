import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import midnight
from core.storage import open_store
from models.cards import write_card
from models.segment_change import Change
from serving.api.schemas.catalogue import SegmentHistoryAnswer, SegmentsAnswer
from tags.segment_history import add_steps

PAGE = "<!doctype html><title>卡片</title>"


def test_card_of_a_version_is_a_page_that_may_load_nothing(server: Any, api: httpx.Client) -> None:
    write_card(server.home.settings.cards_path, "interest", 7, PAGE)
    found = api.get("/v1/models/interest/7/card")
    assert found.status_code == 200
    assert found.text == PAGE
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert found.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "interest/8",
        "nothing/1",
        "..%2f..%2finterest/7",
        "%2e%2e/7",
        "interest%00/7",
        "兴趣/1",
    ],
)
def test_a_card_that_is_not_there_is_not_found(server: Any, api: httpx.Client, path: str) -> None:
    write_card(server.home.settings.cards_path, "interest", 7, PAGE)
    found = api.get(f"/v1/models/{path}/card")
    assert found.status_code in {400, 404, 422}
    assert found.headers["content-type"] == "application/problem+json"
    if path == "interest/8":
        assert "There is no card of interest/8; there is: interest/7" in found.json()["detail"]


def test_a_version_that_is_no_number_is_refused(api: httpx.Client) -> None:
    assert api.get("/v1/models/interest/champion/card").status_code == 422


def test_a_card_needs_the_scope_read(server: Any) -> None:
    with server.client(key="predict") as api:
        assert api.get("/v1/models/interest/7/card").status_code == 403
    with server.client(key=None) as api:
        assert api.get("/v1/models/interest/7/card").status_code == 401


def test_segments_tell_how_stable_they_are(api: httpx.Client) -> None:
    found = SegmentsAnswer.model_validate_json(api.get("/v1/segments").content)
    assert found.stability is None  # of releases from before it was known
    assert found.segments[0].found_again is None


def test_history_of_a_segment_is_told_newest_first(
    server: Any, start: Callable[..., Any], tmp_path: Path
) -> None:
    home = server.home.copy_to(tmp_path / "with history")
    store = open_store(home.settings)
    now = midnight(home.settings.make_clock().now().date(), home.settings.zone)
    step = {
        "run_id": "r",
        "version": 2,
        "before_run_id": "q",
        "before_version": 1,
        "key": "segment_1",
        "change": Change.KEPT.value,
        "overlap": 0.8,
        "flows": {"segment_1": 0.9, "segment_3": 0.1},
        "name_en": "Frequent shoppers",
        "name_zh": "高频客",
        "customers": 40,
        "until": now,
        "recorded_at": now,
    }
    first = {**step, "run_id": "q", "version": 1, "before_run_id": None, "before_version": None}
    gone = {
        **step,
        "key": "segment_3",
        "change": Change.ABSORBED.value,
        "overlap": None,
        "flows": {"segment_1": 0.95},
    }
    with store.write() as connection:
        add_steps(connection, [{**first, "change": "first", "overlap": None, "flows": {}}, step, gone])
    store.close()
    with start(home).client() as api:
        answer = api.get("/v1/segments/segment_1/history")
        found = SegmentHistoryAnswer.model_validate_json(answer.content)
        assert found.serves
        assert [(one.version, one.change) for one in found.steps] == [(2, "kept"), (1, "first")]
        assert [(flow.key, flow.share) for flow in found.steps[0].flows] == [
            ("segment_1", 0.9),
            ("segment_3", 0.1),
        ]
        ended = SegmentHistoryAnswer.model_validate_json(api.get("/v1/segments/segment_3/history").content)
        assert not ended.serves
        assert (
            ended.steps[0].said.en
            == "ended, most of it went into one segment: 95% Frequent shoppers (segment_1)"
        )
        assert re.search("[一-鿿]", ended.steps[0].said.zh)
        missing = api.get("/v1/segments/segment_9/history")
        assert missing.status_code == 404
        assert "segment_1, segment_2, segment_3" in missing.json()["detail"]
