"""Reviewing at size: how soon the next tasks come with a million suggestions stored, and the next page in a browser."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import exists, insert, select

from benchmarks.client import HOST
from benchmarks.postgres import on_postgres
from benchmarks.report import Figure
from benchmarks.server import CHECKOUT, Server, copy_home, served
from core.errors import UnavailableError
from core.language import Text
from core.settings import Settings
from core.storage import Store, open_store
from features.tables import History
from review.tables import Draw, Suggestion, Task, TaskDecision

SUGGESTIONS = 1_000_000
DECIDED, OPEN = 100_000, 4_000
ROWS_AT_ONCE = 10_000
CALLS, A_CALL, WARM = 150, 10, 10
DECISIONS = 60
TARGET_MS = 50
PATIENCE_MS = 60_000
TAGS = ("coffee", "tea", "wine", "cat", "baby")

Row = dict[str, Any]


def measure(settings: Settings) -> list[Figure]:
    """The figures on a copy of the home that holds a million suggestions and the tasks of a year.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        UnavailableError: The server did not start, or there is no browser.
    """
    with tempfile.TemporaryDirectory(prefix="tagloop-review-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        fill(copy)
        with _served(copy) as server:
            sqlite = next_milliseconds(server)
            page = page_milliseconds(server)
        with on_postgres(copy) as there:
            fill(there)
            with _served(there) as server:
                postgres = next_milliseconds(server)
    return [
        _figure("review.next_ms_p95", sqlite, "SQLite"),
        _figure("review.next_ms_p95_postgres", postgres, "PostgreSQL"),
        Figure(
            "review.decision_ms_p95",
            float(np.percentile(page, 95)),
            Text(
                "from a key to the next task drawn in Chromium, {n} decisions; median {median} ms",
                {"n": len(page), "median": f"{np.median(page):.1f}"},
            ),
            TARGET_MS,
            at_most=True,
        ),
    ]


def _figure(name: str, found: Sequence[float], database: str) -> Figure:
    return Figure(
        name,
        float(np.percentile(found, 95)),
        Text(
            "GET /v1/review/next?n=10 with 1,000,000 suggestions and 100,000 decided tasks stored, {database}; "
            "median {median} ms",
            {"database": database, "median": f"{np.median(found):.1f}"},
        ),
        TARGET_MS,
        at_most=True,
    )


@contextmanager
def _served(settings: Settings) -> Iterator[Server]:
    """A server whose daily work is done already, so that it is not measured."""
    environment = {
        **os.environ,
        "TAGLOOP_HOME": str(settings.home.absolute()),
        "TAGLOOP_DATABASE_URL": settings.store_url,
    }
    command = [sys.executable, "-m", "tagloop", "tags", "refresh"]
    subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (ours)
    with served(settings) as server:
        yield server


def fill(settings: Settings) -> None:
    """A million suggestions, a year's decided tasks, and some that are open; the day's choice counts as made."""
    now = settings.make_clock().now()
    with closing(open_store(settings)) as store:
        with store.read() as connection:
            names = list(connection.scalars(select(History.customer_id).order_by(History.customer_id)))
        _insert(store, Suggestion, _suggestions(names, now))
        _insert(store, Task, (_task(names, number, now) for number in range(DECIDED + OPEN)))
        _insert(store, TaskDecision, (_decision(number, now) for number in range(DECIDED)))
        day = now.astimezone(settings.zone).date()
        made = {"draw_id": "benchmark", "day": day, "made_at": now, "seed": 0}
        with store.write() as connection:
            if not connection.scalar(select(exists().where(Draw.day == day))):
                connection.execute(insert(Draw), [{**made, "suggestions": 0, "informative": 0, "audited": 0}])


def _insert(store: Store, model: Any, rows: Iterator[Row]) -> None:
    while some := list(islice(rows, ROWS_AT_ONCE)):
        with store.write() as connection:
            connection.execute(insert(model), some)


def _suggestions(names: Sequence[str], now: datetime) -> Iterator[Row]:
    """Of customers who are the shop's own many times over; the daily refresh looks after the shop's own alone."""
    said = {"decision": "review", "spend": 10.0, "model": "interest/1", "as_of": now}
    times = SUGGESTIONS // (len(names) * len(TAGS)) + 1
    pairs = product(range(1, times + 1), names, TAGS)
    for number, (double, name, tag) in enumerate(islice(pairs, SUGGESTIONS)):
        yield {"customer_id": f"{name}~{double}", "tag": tag, "confidence": number % 97 / 97, **said}


def _task(names: Sequence[str], number: int, now: datetime) -> Row:
    is_open = number >= DECIDED
    return {
        "task_id": f"benchmark-{number}",
        "draw_id": "benchmark",
        "customer_id": names[number * 7 % len(names)],
        "tag": TAGS[number % len(TAGS)],
        "stream": "informative",
        "probability": None,
        "score": 0.5,
        "place": number,
        "is_blind": number % 5 == 0,
        "wanted": 2 if number % 10 == 0 else 1,
        "only_for": None,
        "confidence": 0.5,
        "decision": "review",
        "model": "interest/1",
        "as_of": now,
        "made_at": now,
        "closed_at": None if is_open else now,
        "closed_because": None if is_open else "decided",
    }


def _decision(number: int, now: datetime) -> Row:
    return {
        "decision_id": f"benchmark-{number}",
        "task_id": f"benchmark-{number}",
        "reviewer": f"reviewer{number % 20}",
        "decision": "accept" if number % 3 else "reject",
        "note": None,
        "is_unclear": False,
        "milliseconds": 4_000,
        "was_blind": False,
        "decided_at": now,
        "label_id": None,
        "held_because": None,
        "looked_at": None,
        "undone_at": None,
    }


def next_milliseconds(server: Server) -> list[float]:
    """How long the next ten tasks took, each time after the ten before them were decided."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    found: list[float] = []
    with closing(http.client.HTTPConnection(HOST, server.port, timeout=60)) as connection:
        for call in range(WARM + CALLS):
            began = time.perf_counter()
            connection.request("GET", f"/v1/review/next?n={A_CALL}", headers=headers)
            tasks = json.loads(connection.getresponse().read())["tasks"]
            found.append(1_000 * (time.perf_counter() - began))
            said = [
                {
                    "decision_id": f"call-{call}-{place}",
                    "task_id": task["task_id"],
                    "decision": "accept" if place % 2 else "reject",
                    "milliseconds": 3_000,
                }
                for place, task in enumerate(tasks)
            ]
            connection.request("POST", "/v1/review/decisions", json.dumps({"decisions": said}), headers)
            connection.getresponse().read()
    return found[WARM:]


def page_milliseconds(server: Server) -> list[float]:
    """From each press of a key to the frame in which the browser has drawn the next task."""
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 (a browser, for this one)

    path = next(
        (file for file in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(file).exists()), None
    )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            raise UnavailableError("No browser can be started: {problem}", problem=str(error)) from None
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"http://{HOST}:{server.port}/console")
        page.fill("#key", server.token)
        page.keyboard.press("Enter")
        page.wait_for_selector("#task:not([hidden])")
        page.evaluate(_WATCH)
        found = [float(page.evaluate(_PRESS, "ax"[number % 2])) for number in range(WARM + DECISIONS)]
        browser.close()
    return found[WARM:]


_WATCH = """() => {
  window.shown = () => document.getElementById('main').dataset.task;
}"""

_PRESS = """key => new Promise(done => {
  const before = window.shown(), began = performance.now();
  const look = () => {
    if (window.shown() !== before) requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    else requestAnimationFrame(look);
  };
  dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  look();
})"""
