"""Reviewing in a real browser: by keyboard, without a connection, two people at once, in Chinese."""

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Page, expect

OFFLINE = "**/v1/review/decisions"


def shown_task(page: Page) -> str:
    return str(page.get_attribute("#main", "data-task"))


def press(page: Page, key: str) -> None:
    """Press a key and wait until another task is shown."""
    before = shown_task(page)
    page.keyboard.press(key)
    page.wait_for_function("before => document.getElementById('main').dataset.task !== before", arg=before)


def waiting(page: Page) -> int:
    return int(
        page.evaluate(
            "JSON.parse(localStorage.getItem(`tagloop.decisions.${document.getElementById('main').dataset.reviewer}`)"
            " ?? '[]').length"
        )
    )


def wait_until_sent(page: Page) -> None:
    page.wait_for_function(
        "() => JSON.parse(localStorage.getItem("
        "`tagloop.decisions.${document.getElementById('main').dataset.reviewer}`) ?? '[]').length === 0"
    )


def figures(reviewed: Any, name: str) -> dict[str, Any]:
    """The server's figures of one reviewer."""
    with reviewed.client(key="review") as client:
        found: list[dict[str, Any]] = client.get("/v1/review/stats").json()["reviewers"]
    return next((one for one in found if one["reviewer"] == name), {"decisions": 0, "skipped": 0})


def test_ten_tasks_are_decided_by_keyboard_and_the_last_is_taken_back(
    reviewed: Any, sign_in: Callable[..., Page]
) -> None:
    page, before = sign_in("lin"), figures(reviewed, "lin")
    for key in "axaxaxaxa":
        press(page, key)
    press(page, " ")
    wait_until_sent(page)
    after = figures(reviewed, "lin")
    assert after["decisions"] - before["decisions"] == 9
    assert after["skipped"] - before["skipped"] == 1
    last = shown_task(page)
    press(page, "x")
    page.keyboard.press("Backspace")
    expect(page.locator("#state")).to_have_text("Taken back")
    assert shown_task(page) == last
    wait_until_sent(page)
    assert figures(reviewed, "lin")["decisions"] - before["decisions"] == 9


def test_without_a_connection_decisions_are_kept_also_over_a_reload_and_sent_when_it_is_back(
    reviewed: Any, sign_in: Callable[..., Page]
) -> None:
    page, before = sign_in("lin"), figures(reviewed, "lin")
    page.route(OFFLINE, lambda route: route.abort())
    for key in "aax":
        press(page, key)
    expect(page.locator("#state")).to_contain_text("3 decisions are kept in this browser")
    assert waiting(page) == 3
    page.reload()
    page.wait_for_selector("#state:has-text('decisions are kept')")
    assert figures(reviewed, "lin")["decisions"] == before["decisions"]
    page.unroute(OFFLINE)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until_sent(page)
    assert figures(reviewed, "lin")["decisions"] - before["decisions"] == 3


def test_two_reviewers_at_once_never_see_the_same_task(sign_in: Callable[..., Page]) -> None:
    lin, wang = sign_in("lin"), sign_in("wang")
    seen: dict[str, set[str]] = {"lin": set(), "wang": set()}
    for _ in range(4):
        for name, page in (("lin", lin), ("wang", wang)):
            seen[name].add(shown_task(page))
            press(page, "a")
    assert not seen["lin"] & seen["wang"]


def test_everything_is_said_in_chinese_to_a_chinese_browser(sign_in: Callable[..., Page]) -> None:
    page = sign_in("wang", locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#accept")).to_contain_text("符合")
    assert page.inner_text("#tag") in {"咖啡", "茶"}
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("跳过")


def test_a_blind_task_shows_no_opinion_until_it_is_decided(sign_in: Callable[..., Page]) -> None:
    page = sign_in("lin")
    for _ in range(20):
        if page.locator(".hidden-model").count():
            break
        press(page, "x")
    assert page.locator(".model").count() == 0
    press(page, "a")
    expect(page.locator("#state")).to_contain_text("The model said")


def test_keys_do_not_decide_while_a_note_is_written(sign_in: Callable[..., Page]) -> None:
    page = sign_in("lin")
    before = shown_task(page)
    page.keyboard.press("n")
    page.keyboard.type("axa ?")
    assert shown_task(page) == before
    assert page.input_value("#note") == "axa ?"
    page.keyboard.press("Escape")
    press(page, "a")
    assert page.input_value("#note") == ""


def test_a_page_may_load_nothing_from_elsewhere_and_runs_nothing_inline(reviewed: Any) -> None:
    with httpx.Client(base_url=reviewed.url) as client:
        response = client.get("/console/sign-in")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<script>" not in response.text
    assert "style=" not in response.text


def test_a_session_without_the_pages_own_secret_changes_nothing(reviewed: Any) -> None:
    with httpx.Client(base_url=reviewed.url) as client:
        signed_in = client.post("/console/sign-in", data={"key": reviewed.home.keys["lin"]})
        assert signed_in.status_code == 303
        cookie = signed_in.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert client.get("/v1/review/stats").status_code == 200
        body = {"decisions": [{"decision_id": "x", "task_id": "t", "decision": "skip", "milliseconds": 1}]}
        assert client.post("/v1/review/decisions", json=body).status_code == 403
        assert client.post("/console/sign-out").status_code == 303
        assert client.get("/v1/review/stats").status_code == 401


def test_a_key_that_may_not_review_is_not_let_in(reviewed: Any) -> None:
    with httpx.Client(base_url=reviewed.url) as client:
        for key in (reviewed.home.keys["read"], "tl_x_y", ""):
            response = client.post("/console/sign-in", data={"key": key})
            assert response.status_code == 401
            assert "not valid" in response.text
        assert client.get("/console").headers["location"] == "/console/sign-in"


def test_similar_decided_customers_come_when_asked_for_and_go_with_the_task(
    sign_in: Callable[..., Page],
) -> None:
    page = sign_in("lin")
    for key in "axaxax":
        press(page, key)
    wait_until_sent(page)
    page.keyboard.press("s")
    expect(page.locator("#similar li").first).to_be_visible()
    assert page.get_attribute("#find-similar", "aria-expanded") == "true"
    page.keyboard.press("s")
    expect(page.locator("#similar")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator("#similar li").first).to_be_visible()
    press(page, "a")
    expect(page.locator("#similar")).to_be_hidden()
