"""A real Chromium, and a reviewer's signed-in page in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import find_chromium

PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for longer than a file: while it is there, asyncio takes its loop for running, and other tests need one."""
    with sync_playwright() as playwright:
        # In a container the browser's own sandbox has no rights; it sees our pages only.
        launched = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def sign_in(browser: Browser, reviewed: Any) -> Iterator[Callable[..., Page]]:
    """`sign_in("lin")` gives that reviewer's page, in a browser profile of its own; its faults fail the test."""
    contexts = []
    faults: list[str] = []

    def begin(name: str, locale: str = "en-US", **more: Any) -> Page:
        context = browser.new_context(locale=locale, **more)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{reviewed.url}/console")
        page.fill("#key", reviewed.home.keys[name])
        page.keyboard.press("Enter")
        page.wait_for_url("**/console")
        page.wait_for_selector("#task:not([hidden])")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert faults == []
