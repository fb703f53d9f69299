from collections.abc import Callable
from typing import Any

import httpx

from features.kernel import column_names
from features.spec import FeatureSpec
from serving.api.schemas.catalogue import ModelsAnswer, SegmentsAnswer, TagsAnswer
from serving.api.schemas.customers import CustomerAnswer
from serving.api.schemas.health import HealthAnswer, ReadyAnswer
from serving.profile import KEY_FIGURES


def test_a_profile_tells_attributes_figures_tags_and_the_last_events(api: httpx.Client) -> None:
    response = api.get("/v1/customers/c31")
    found = CustomerAnswer.model_validate_json(response.content)
    assert [(one.key, one.names.zh, one.value) for one in found.attributes] == [("age", "年龄", "30-49")]
    assert {figure.key for figure in found.figures} == set(KEY_FIGURES)
    assert len(found.events) == 20
    assert [one.occurred_at for one in found.events] == sorted(
        (one.occurred_at for one in found.events), reverse=True
    )
    assert found.events[0].item_name
    assert found.events[0].category_path[0] == "FOOD"
    assert found.events[0].category_paths == [found.events[0].category_path]
    assert found.tags


def test_the_key_figures_are_features() -> None:
    assert set(KEY_FIGURES) <= set(column_names(FeatureSpec()))


def test_an_unknown_customer_is_not_found(api: httpx.Client) -> None:
    response = api.get("/v1/customers/nobody")
    assert response.status_code == 404
    assert "'nobody'" in response.json()["detail"]


def test_a_customer_without_events_has_a_profile(api: httpx.Client) -> None:
    found = CustomerAnswer.model_validate_json(api.get("/v1/customers/silent").content)
    assert (found.status, found.events, found.figures) == ("no_history", [], [])


def test_tags_say_what_they_mean_and_whether_they_are_predicted(api: httpx.Client) -> None:
    found = TagsAnswer.model_validate_json(api.get("/v1/tags").content)
    assert {tag.key: tag.is_predicted for tag in found.tags} == {
        "coffee": True,
        "tea": True,
        "gourmet": False,
    }
    codes = [tag.not_predicted_because and tag.not_predicted_because.code for tag in found.tags]
    assert codes == [None, None, "not_predicted"]
    outcomes = [tag.outcome for tag in found.tags]
    assert outcomes[0] is not None
    assert outcomes[0].categories == ["COFFEE"]
    assert outcomes[2] is not None
    assert outcomes[2].type == "reviewed"


def test_segments_have_names_sizes_and_profiles(api: httpx.Client) -> None:
    found = SegmentsAnswer.model_validate_json(api.get("/v1/segments").content)
    assert found.segments[0].names.zh
    assert found.segments[0].profile[0].names.en == "Orders begun in the last 84 days"


def test_models_tell_what_they_were_made_from(api: httpx.Client) -> None:
    found = ModelsAnswer.model_validate_json(api.get("/v1/models").content)
    assert set(found.models) == {"interest", "churn", "segments"}
    assert found.models["interest"].made_from["lake_version"] == "1"


def test_health_and_readiness_need_no_key(server: Any) -> None:
    with server.client(key=None) as api:
        HealthAnswer.model_validate_json(api.get("/health").content)
        ReadyAnswer.model_validate_json(api.get("/ready").content)


def test_without_a_model_the_server_says_what_to_do(
    bare_home: Any, tmp_path: Any, start: Callable[..., Any]
) -> None:
    with start(bare_home.copy_to(tmp_path / "bare")).client() as api:
        for method, path in [
            ("POST", "/v1/predict"),
            ("GET", "/v1/segments"),
            ("GET", "/v1/models"),
            ("GET", "/ready"),
        ]:
            given = {"customers": [{"customer_id": "c1"}]} if method == "POST" else None
            response = api.request(method, path, json=given)
            assert response.status_code == 503
            assert "run `tagloop train`" in response.json()["detail"]
        assert [one["field"] for one in api.get("/ready").json()["errors"]] == ["release"]
        found = CustomerAnswer.model_validate_json(api.get("/v1/customers/c31").content)
        assert (found.release_id, found.tags) == (None, [])
        assert found.figures
        assert api.get("/v1/tags").json()["tags"][0]["is_predicted"] is False
        assert api.get("/health").status_code == 200
