"""Every path answers what it says, and in one form when it does not."""

from typing import Any

import httpx
import pytest

from serving.api.problems import MEDIA_TYPE

READABLE = ["/health", "/ready", "/metrics", "/v1/tags", "/v1/segments", "/v1/models", "/v1/customers/c1"]
SLOW_AT_FIRST = ["/v1/churn/at-risk"]  # the first call of a day makes the list
SENT = ["/v1/predict", "/v1/events", "/v1/feedback"]
PAGES = ["/docs", "/openapi.json", "/docs-files/swagger-ui.css"]


@pytest.mark.parametrize("path", [*READABLE, *PAGES])
def test_head_says_what_get_says_without_the_body(api: httpx.Client, path: str) -> None:
    got, told = api.get(path), api.head(path)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":  # its figures move on, and so may its length; so does the clock of a profile
        assert abs(int(told.headers["content-length"]) - len(got.content)) < 50


def test_head_of_what_is_not_there_is_as_get(api: httpx.Client) -> None:
    response = api.head("/v1/customers/nobody-here")
    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("path", [*READABLE, *SLOW_AT_FIRST, *SENT])
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_another_method_is_refused_and_told_which_are_right(
    api: httpx.Client, path: str, method: str
) -> None:
    response = api.request(method, path)
    assert response.status_code == 405
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.headers["allow"] == ("POST" if path in SENT else "GET, HEAD")
    assert response.headers["allow"] in response.json()["detail"]


@pytest.mark.parametrize("path", SENT)
def test_a_path_that_takes_post_is_not_read(api: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD"):
        response = api.request(method, path)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/tags/", "/v1/nowhere", "/docs-files/none.css", "/v2/predict"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_path_that_leads_nowhere_is_a_problem(api: httpx.Client, path: str, language: str) -> None:
    response = api.get(path, headers={"Accept-Language": language})
    assert response.status_code == 404
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.headers["content-language"] == language


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_description_names_every_status_that_the_gate_may_give(api: httpx.Client, language: str) -> None:
    described: dict[str, Any] = api.get(f"/openapi.json?lang={language}").json()
    for path in described["paths"].values():
        for operation in path.values():
            assert {"400", "414", "431"} <= set(operation["responses"])
