"""Every page of the console opens, in both languages, for who is signed in and for nobody else."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

PAGES = ["", "/customers", "/tags", "/segments", "/models", "/drift", "/reviewers"]


@pytest.fixture
def console(reviewed: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=reviewed.url) as client:
        client.post("/console/sign-in", data={"key": reviewed.home.keys["lin"]})
        yield client


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_opens_and_remembers_the_language_that_was_chosen(
    console: httpx.Client, path: str, language: str
) -> None:
    response = console.get(f"/console{path}", params={"lang": language, "theme": "dark"})
    assert response.status_code == 200
    again = console.get(f"/console{path}")
    for html in (response.text, again.text):
        assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in html.split("<head>")[0]
        assert 'data-theme="dark"' in html
    shown = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.text, flags=re.DOTALL)
    assert bool(re.search(r"[\u4e00-\u9fff]{2}", shown.replace("中文", ""))) == (language == "zh")


@pytest.mark.parametrize("path", [*PAGES, "/models/interest/1"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(reviewed: Any, path: str) -> None:
    response = httpx.get(f"{reviewed.url}/console{path}")
    assert (response.status_code, response.headers["location"]) == (303, "/console/sign-in")


def test_tags_tell_their_promise_or_why_there_is_none(console: httpx.Client) -> None:
    html = console.get("/console/tags", params={"lang": "en"}).text
    assert "fits 80% of the customers it is applied to, certain to 90%" in html
    assert "Too few outcomes" in html


def test_a_card_that_is_not_there_is_said_so(console: httpx.Client) -> None:
    assert console.get("/console/models/interest/99").status_code == 404


def test_an_address_with_a_stroke_at_its_end_leads_to_the_page(console: httpx.Client) -> None:
    assert console.get("/console/").headers["location"] == "/console"


def test_a_customers_page_tells_what_they_carry_and_did(console: httpx.Client) -> None:
    html = console.get("/console/customers", params={"id": "c11", "lang": "en"}).text
    assert "Customer c11" in html
    assert "Orders begun in the last 84 days" in html
    assert "purchase" in html
    nobody = console.get("/console/customers", params={"id": "<b>nobody", "lang": "en"}).text
    assert "There is no customer &lt;b&gt;nobody" in nobody
