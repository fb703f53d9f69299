"""Definitions over HTTP: read, changed, retired, and packs activated."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from serving.api.schemas.definitions import (
    DefinitionAnswer,
    ImpactAnswer,
    PackAnswer,
    PackOffAnswer,
    PacksAnswer,
    SavedAnswer,
    TagGroupsAnswer,
    VersionsAnswer,
)
from tests.serving.conftest import Home, Server, start_server, stop


@pytest.fixture(scope="module")
def server(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: what is defined here is not to be seen by other tests."""
    running = start_server(trained_home.copy_to(tmp_path_factory.mktemp("defined") / "shop"))
    yield running
    stop(running)


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


GROUP = {"key": "test_tiers", "name": {"en": "Tiers", "zh": "等级"}, "exclusive": True, "order": []}


def rule(key: str, when: str = "spend_84d > 100", **more: Any) -> dict[str, Any]:
    plain = {
        "key": key,
        "name": {"en": key, "zh": "测试"},
        "definition": {"en": "Spends", "zh": "消费"},
        "kind": "value",
        "method": "rule",
        "rule": {"when": when},
    }
    return {**plain, **more}


def put(api: httpx.Client, definition: dict[str, Any], **more: Any) -> SavedAnswer:
    response = api.put(f"/v1/tags/{definition['key']}", json=definition, **more)
    assert response.status_code == 200, response.text
    saved = SavedAnswer.model_validate_json(response.content)
    assert response.headers["ETag"] == f'"{saved.version}"'
    return saved


def refused(response: httpx.Response, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    return {one["field"]: one["message"] for one in response.json()["errors"]}


def test_definition_gets_a_version_with_each_change_and_none_without(api: httpx.Client) -> None:
    first = put(api, rule("api_big"))
    assert (first.version, first.is_new, first.origin, first.made_by) == (1, True, "api", "all")
    again = put(api, rule("api_big"))
    assert (again.version, again.is_new) == (1, False)
    second = put(api, rule("api_big", "spend_84d > 200"), params={"note": "prices rose"})
    assert (second.version, second.is_new, second.note) == (2, True, "prices rose")
    read = DefinitionAnswer.model_validate_json(api.get("/v1/tags/api_big").content)
    assert read.definition.rule is not None
    assert read.definition.rule.when == "spend_84d > 200"
    versions = VersionsAnswer.model_validate_json(api.get("/v1/tags/api_big/versions").content).versions
    assert [one.version for one in versions] == [2, 1]


def test_change_of_what_somebody_else_changed_is_refused(api: httpx.Client) -> None:
    put(api, rule("api_shared"), headers={"If-Match": '"0"'})
    put(api, rule("api_shared", owner="Mary"), headers={"If-Match": '"1"'})
    response = api.put(
        "/v1/tags/api_shared", json=rule("api_shared", owner="Lin"), headers={"If-Match": '"1"'}
    )
    assert response.status_code == 409
    assert "api_shared is at version 2, not 1" in response.json()["detail"]
    response = api.put("/v1/tags/api_shared", json=rule("api_shared"), headers={"If-Match": "*"})
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"rule": {"when": "spend_85d > 3"}}, "tags.api_bad.rule.when", "spend_84d"),
        ({"rule": {"when": "spend_84d >"}}, "tags.api_bad.rule.when", ""),
        ({"rule": {"when": "tag.api_bad"}}, "tags.api_bad.rule.when", "circle"),
        ({"rule": {"when": "spend_84d > quantile(spend_84d, 2)"}}, "tags.api_bad.rule.when", "2"),
        ({"group": "tires"}, "tags.api_bad.group", "there is no group 'tires'"),
        ({"name": {"en": "Bad", "zh": "坏" * 200}}, "name.zh", "expected at most 100 characters"),
        ({"status": "pilot"}, "pilot_share", "a pilot says here which share"),
        ({"rule": None}, "rule", "this key is required where method is rule"),
        ({"colour": "green"}, "colour", "there is no such key"),
        ({"key": "api_other"}, "key", "the path says 'api_bad', the body 'api_other'"),
        ({"lifetime_days": True}, "lifetime_days", "whole number"),
    ],
)
def test_fault_is_named_as_of_a_file_and_nothing_is_kept(
    api: httpx.Client, changes: dict[str, Any], field: str, said: str
) -> None:
    response = api.put("/v1/tags/api_bad", json={**rule("api_bad"), **changes})
    found = refused(response, 422)
    assert list(found) == [field]
    assert said in found[field]
    assert api.get("/v1/tags/api_bad").status_code == 404


def test_faults_are_told_in_chinese(server: Server) -> None:
    with server.client(**{"Accept-Language": "zh"}) as api:
        response = api.put("/v1/tags/api_bad", json=rule("api_bad", status="pilot"))
        assert refused(response, 422)["pilot_share"].startswith("试点标签要在这里写明")


def test_group_is_made_and_its_tags_stand_in_order(api: httpx.Client) -> None:
    response = api.put("/v1/tag-groups/test_tiers", json=GROUP)
    assert response.status_code == 200, response.text
    put(api, rule("api_gold", group="test_tiers"))
    put(api, rule("api_silver", group="test_tiers"))
    order = {**GROUP, "order": ["api_silver", "api_gold"]}
    assert api.put("/v1/tag-groups/test_tiers", json=order).status_code == 200
    groups = TagGroupsAnswer.model_validate_json(api.get("/v1/tag-groups").content).groups
    assert {group.key: group.order for group in groups}["test_tiers"] == ("api_silver", "api_gold")
    wrong = api.put("/v1/tag-groups/test_tiers", json={**GROUP, "order": ["coffee"]})
    assert refused(wrong, 422) == {"groups.test_tiers.order": "'coffee' is no tag of the group test_tiers"}


def test_tag_is_retired_once_nothing_looks_at_it(api: httpx.Client) -> None:
    put(api, rule("api_old"))
    put(api, rule("api_looks", "tag.api_old"))
    impact = ImpactAnswer.model_validate_json(api.get("/v1/tags/api_old/impact").content)
    assert impact.rules == ["api_looks"]
    assert api.post("/v1/tags/api_old/retire", json={}).status_code == 409
    response = api.post("/v1/tags/api_old/retire", json={"force": True, "note": "nobody used it"})
    saved = SavedAnswer.model_validate_json(response.content)
    assert (saved.definition.status, saved.note, saved.is_new) == ("retired", "nobody used it", True)
    response = api.post("/v1/tags/api_old/retire", json={"force": True})
    assert SavedAnswer.model_validate_json(response.content).is_new is False


def test_server_goes_by_a_changed_definition_within_seconds(api: httpx.Client) -> None:
    def listed() -> set[str]:
        return {tag["key"] for tag in api.get("/v1/tags").json()["tags"]}

    def wait_until(done: Callable[[], bool]) -> None:
        until = time.monotonic() + 30
        while not done():
            assert time.monotonic() < until
            time.sleep(0.1)

    put(api, rule("api_seen"))
    wait_until(lambda: "api_seen" in listed())
    api.post("/v1/tags/api_seen/retire", json={})
    wait_until(lambda: "api_seen" not in listed())


@pytest.mark.parametrize("path", ["", "/versions", "/impact"])
def test_tag_that_nobody_defined_is_told(api: httpx.Client, path: str) -> None:
    response = api.get(f"/v1/tags/nothing{path}")
    assert response.status_code == 404
    assert "there is no tag 'nothing'; the tags are coffee" in response.json()["detail"]


@pytest.fixture
def reader(server: Server) -> Iterator[httpx.Client]:
    with server.client("read") as client:
        yield client


def test_definitions_are_read_with_read_and_changed_with_manage_alone(reader: httpx.Client) -> None:
    assert reader.get("/v1/tags/coffee").status_code == 200
    for call in (
        reader.put("/v1/tags/api_no", json=rule("api_no")),
        reader.post("/v1/tags/coffee/retire", json={}),
        reader.put("/v1/tag-groups/test_tiers", json=GROUP),
        reader.post("/v1/packs/general/activate", json={}),
        reader.post("/v1/packs/general/deactivate", json={}),
    ):
        assert call.status_code == 403


def test_pack_is_tried_activated_and_ended(api: httpx.Client) -> None:
    response = api.post("/v1/packs/general/activate", json={"dry_run": True})
    tried = PackAnswer.model_validate_json(response.content)
    assert "spend_high" in tried.changed
    assert {one.key for one in tried.left_out} >= {"coupon_user"}
    assert api.get("/v1/tags/spend_high").status_code == 404
    done = PackAnswer.model_validate_json(api.post("/v1/packs/general/activate", json={}).content)
    assert done.tags == tried.tags
    assert (
        DefinitionAnswer.model_validate_json(api.get("/v1/tags/spend_high").content).origin == "pack:general"
    )
    packs = PacksAnswer.model_validate_json(api.get("/v1/packs").content).packs
    assert {pack.key: pack.is_active for pack in packs} == {
        "general": True,
        "e-commerce": False,
        "automotive": False,
    }
    ended = PackOffAnswer.model_validate_json(api.post("/v1/packs/general/deactivate", json={}).content)
    assert (set(ended.retired), ended.kept) == (set(done.tags), [])
    assert api.get("/v1/tags/spend_high").json()["definition"]["status"] == "retired"
    assert not any(one["is_active"] for one in api.get("/v1/packs").json()["packs"])
    wrong = api.post("/v1/packs/general/activate", json={"attributes": {"age_band": "shoe"}})
    assert list(refused(wrong, 422)) == ["attribute.age_band"]
    assert api.post("/v1/packs/nothing/activate", json={}).status_code == 404
