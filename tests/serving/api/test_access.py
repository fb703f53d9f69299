from typing import Any

import httpx
import pytest

ROUTES = {
    "predict": ("POST", "/v1/predict", {"customers": [{"customer_id": "c1"}]}),
    "events": ("POST", "/v1/events", {"events": []}),
    "feedback": ("POST", "/v1/feedback", {}),
    "read": ("GET", "/v1/tags", None),
    "review": ("GET", "/v1/review/stats", None),
}


@pytest.mark.parametrize("scope", ROUTES)
def test_a_call_without_a_key_is_refused_and_says_how_to_send_one(server: Any, scope: str) -> None:
    method, path, body = ROUTES[scope]
    with server.client(key=None) as api:
        response = api.request(method, path, json=body)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer tl_" in response.json()["detail"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer tl_x_y", "Basic dTpw", "Bearer \xff", "tl_x"])
def test_a_wrong_key_is_refused(server: Any, header: str) -> None:
    response = httpx.get(f"{server.url}/v1/tags", headers=[(b"Authorization", header.encode("latin-1"))])
    assert response.status_code == 401
    assert response.json()["code"] == "not_signed_in"


@pytest.mark.parametrize("scope", ROUTES)
def test_a_key_opens_only_its_own_scope(server: Any, scope: str) -> None:
    for other, (method, path, body) in ROUTES.items():
        with server.client(key=scope) as api:
            response = api.request(method, path, json=body)
        if other == scope:
            assert response.status_code in {200, 422}
        else:
            assert response.status_code == 403
            assert f"lacks the scope {other}" in response.json()["detail"]


def test_a_key_may_come_alone_in_its_own_header(server: Any) -> None:
    headers = {"X-API-Key": server.home.keys["read"]}
    assert httpx.get(f"{server.url}/v1/tags", headers=headers).status_code == 200


@pytest.mark.parametrize("scope", ["predict", "events", "feedback"])
@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"{}", b""])
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_the_key_is_looked_at_before_the_body(server: Any, scope: str, body: bytes, kind: str) -> None:
    _, path, _ = ROUTES[scope]
    with server.client(key=None) as api:
        assert api.post(path, content=body, headers={"Content-Type": kind}).status_code == 401
    with server.client(key="read") as api:
        assert api.post(path, content=body, headers={"Content-Type": kind}).status_code == 403
