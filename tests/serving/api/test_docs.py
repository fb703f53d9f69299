import json
import re
from importlib import resources
from typing import Any

import httpx

from core.settings import Settings
from serving.api import create_app
from serving.api.docs import describe

APP = create_app(Settings())


def texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    if not isinstance(value, dict):
        return []
    own = [part for key, part in value.items() if key in {"summary", "description"} and isinstance(part, str)]
    return own + [
        text for key, part in value.items() if key not in {"example", "examples"} for text in texts(part)
    ]


def test_every_text_of_the_description_is_there_in_chinese() -> None:
    chinese = json.loads(resources.files("core").joinpath("translations/zh.json").read_text(encoding="utf-8"))
    assert [text for text in texts(describe(APP, "en")) if text not in chinese] == []
    assert all(re.search(r"[一-鿿]", text) for text in texts(describe(APP, "zh")))


def test_the_description_is_served_in_both_languages(server: Any) -> None:
    with server.client(key=None) as api:
        english = api.get("/openapi.json").json()
        assert english["paths"]["/v1/predict"]["post"]["summary"] == "Predict tags, churn and segment"
        assert (
            api.get("/openapi.json?lang=zh").json()["paths"]["/v1/predict"]["post"]["summary"]
            == "预测标签、流失和分群"
        )


def test_the_page_takes_everything_from_this_server(server: Any) -> None:
    with server.client(key=None) as api:
        for language in ("en", "zh"):
            page = api.get(f"/docs?lang={language}")
            assert page.status_code == 200
            sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
            assert sources
            for source in sources:
                assert not source.startswith(("http", "//"))
                assert api.get("/" + source.lstrip("/")).status_code == 200


def test_the_bare_address_leads_to_the_page(server: Any) -> None:
    with server.client(key=None) as api:
        page = api.get("/", follow_redirects=True)
    assert (page.status_code, page.url.path) == (200, "/docs")


def test_every_route_shows_its_errors_and_the_key_it_needs() -> None:
    found = describe(APP, "en")
    for path, operations in found["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1/"):
                assert operation["security"]
                assert {"401", "403", "503"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]


def test_making_the_app_opens_nothing(tmp_path: Any) -> None:
    create_app(Settings(home=tmp_path / "home"))
    assert not (tmp_path / "home").exists()


def test_the_example_event_is_one_that_is_taken(api: httpx.Client) -> None:
    schema = describe(APP, "en")["components"]["schemas"]["EventsRequest"]
    (example,) = schema["properties"]["events"]["examples"][0]
    response = api.post(
        "/v1/events",
        json={"events": [{**example, "occurred_at": "2017-12-31T00:00:00+08:00", "currency": "CNY"}]},
    )
    assert response.status_code == 200, response.text
