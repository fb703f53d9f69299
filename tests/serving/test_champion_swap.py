"""Releases change under load: no request is dropped, answered by two releases at once, or slow."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from core.storage import open_store
from models.release_read import current_release_id
from models.release_write import make_current

CALLERS, SWAPS = 3, 5
ASKED = ["c1", "c2", "c3", "c7"]
# Generous: the machine of a check may be busy with everything else.
SERVES_WITHIN_SECONDS, SLOWEST_SECONDS = 30.0, 5.0


@dataclass
class Caller:
    """Asks for predictions one after the other until told to end, over one connection."""

    api: httpx.Client
    ending: Event
    answers: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.ending.is_set():
            begin = time.monotonic()
            try:
                response = ask(self.api)
            except httpx.HTTPError as error:
                self.failures.append(repr(error))
                continue
            self.seconds.append(time.monotonic() - begin)
            if response.status_code == 200:
                self.answers.append(response.json())
            else:
                self.failures.append(response.text)


def ask(api: httpx.Client) -> httpx.Response:
    return api.post("/v1/predict", json={"customers": [{"customer_id": name} for name in ASKED]})


def all_see(callers: list[Caller], release_id: str) -> bool:
    """Whether the last answer that each caller got is that release's."""
    return all(caller.answers and caller.answers[-1]["release_id"] == release_id for caller in callers)


def what_was_said(answer: dict[str, Any]) -> Any:
    """All that depends on the release: which models answered, and what they said of whom."""
    said = [
        (
            one["customer_id"],
            [(tag["key"], tag["confidence"]) for tag in one["tags"]],
            one["churn"],
            one["segment"],
        )
        for one in answer["customers"]
    ]
    return answer["models"], answer["taxonomy_version"], said


@pytest.mark.slow
def test_releases_swapped_under_load_drop_mix_and_slow_nothing(
    start: Callable[..., Any], publish: Callable[..., None], until: Callable[..., None]
) -> None:
    server = start()
    releases = server.home.settings.releases_path
    expected = {}
    with server.client() as api:
        first = str(current_release_id(releases))
        expected[first] = what_was_said(ask(api).json())
        store = open_store(server.home.settings)
        publish(server.home.settings, store, version=2, every=2)
        store.close()
        second = str(current_release_id(releases))
        until(lambda: ask(api).json()["release_id"] == second)
        expected[second] = what_was_said(ask(api).json())
    assert expected[first] != expected[second]

    ending = Event()
    callers = [Caller(server.client(), ending) for _ in range(CALLERS)]
    threads = [Thread(target=caller.run) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        for number in range(SWAPS):
            wanted = (first, second)[number % 2]
            make_current(releases, wanted)
            until(partial(all_see, callers, wanted), SERVES_WITHIN_SECONDS)
    finally:
        ending.set()
        for thread in threads:
            thread.join()
        for caller in callers:
            caller.api.close()

    assert [failure for caller in callers for failure in caller.failures] == []
    for caller in callers:
        assert {answer["release_id"] for answer in caller.answers} == {first, second}
        mixed = [
            answer for answer in caller.answers if what_was_said(answer) != expected[answer["release_id"]]
        ]
        assert mixed == []
        assert max(caller.seconds) < SLOWEST_SECONDS
