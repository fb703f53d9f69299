"""Promotions and rollbacks under load: how many requests are dropped, or answered by two releases at once."""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
from sqlalchemy import select

from benchmarks.client import HOST
from benchmarks.report import Figure
from benchmarks.server import Server, copy_home, served
from core.errors import UnavailableError
from core.language import Text
from core.settings import Settings
from core.storage import Store, open_store
from features.build import build
from features.source import FeatureSource, open_source
from features.tables import History
from models.calibration import Calibration
from models.registry import Registry
from models.release_manifest import ReleaseFacts
from models.release_read import current_release_id, load_release
from models.versions import ModelVersion
from tags.catalogue.taking import look
from tags.taxonomy import Taxonomy
from training.history import keep_promotion, what_serves
from training.loop.rollback import rollback
from training.promotion import promote

CALLERS, ROUNDS = 4, 5
CUSTOMERS_A_CALL = 5
SEEN_WITHIN_SECONDS = 60.0
WIDER = (
    0.8  # the second release's log odds are so many times those of the first: each answer tells which gave it
)


@dataclass
class Caller:
    """Asks for the same customers one call after the other over one connection, until told to end."""

    server: Server
    customers: Sequence[str]
    ending: Event
    answers: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0

    def run(self) -> None:
        """Ask; whatever is no whole answer of 200 counts as dropped."""
        body = json.dumps({"customers": [{"customer_id": name} for name in self.customers]})
        headers = {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(HOST, self.server.port, timeout=60)) as connection:
            while not self.ending.is_set():
                try:
                    connection.request("POST", "/v1/predict", body, headers)
                    answer = connection.getresponse()
                    said = json.loads(answer.read())
                except (OSError, http.client.HTTPException, ValueError):
                    self.dropped += 1
                    connection.close()
                    continue
                if answer.status == http.client.OK:
                    self.answers.append(said)
                else:
                    self.dropped += 1


def measure(settings: Settings) -> list[Figure]:
    """The figures of some promotions and rollbacks while callers ask without a pause, on a copy of the home.

    Every answer is held against what the release that it names says alone: one that differs is mixed.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        NotReadyError: Nothing was promoted in it.
        UnavailableError: The server did not start, or did not take a release in time.
    """
    with tempfile.TemporaryDirectory(prefix="tagloop-bench-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        with closing(open_store(copy)) as store, served(copy) as server:
            swaps = _Swaps.of(settings, copy, store)
            callers, seconds, alone = _under_load(server, store, swaps)
    answers = [answer for caller in callers for answer in caller.answers]
    mixed = sum(_said(answer) != alone[answer["release_id"]] for answer in answers)
    dropped = sum(caller.dropped for caller in callers)
    values = {"swaps": len(seconds), "requests": f"{len(answers) + dropped:,}", "callers": CALLERS}
    return [
        Figure(
            "retrain.swap_dropped_requests",
            float(dropped + mixed),
            Text(
                "of {requests} requests of {callers} callers during {swaps} promotions and rollbacks, those dropped "
                "or answered by two releases at once",
                values,
            ),
            target=0.0,
            at_most=True,
        ),
        Figure(
            "retrain.swap_seconds",
            float(np.max(seconds)),
            Text("from the end of a promotion or rollback until every caller is answered by it, the slowest"),
        ),
    ]


@dataclass(frozen=True, eq=False)
class _Swaps:
    """Two sets of versions that are promoted and taken back in turn."""

    settings: Settings
    registry: Registry
    source: FeatureSource
    taxonomy: Taxonomy
    estimators: Mapping[int, Mapping[str, Any]]
    sample: Any
    facts: ReleaseFacts

    @classmethod
    def of(cls, original: Settings, copy: Settings, store: Store) -> "_Swaps":
        """The champions of the home, and the same with wider confidence; in an MLflow of the copy's own."""
        facts = load_release(copy.releases_path).facts
        known = Registry(original.tracking_uri, original.artifacts_path)
        first = {part: known.load(part, origin.version) for part, origin in facts.origins.items()}
        n_tags = len(first["interest"].tags_)
        second = {**first, "interest": first["interest"].calibrated(_wider(n_tags))}
        registry = Registry(copy.tracking_uri, copy.artifacts_path)
        for part in first:
            registry.client.create_registered_model(part)
            for _ in (1, 2):
                registry.client.create_model_version(part, source=copy.home.absolute().as_uri())
        taxonomy = look(copy, store)
        source = open_source(copy, store, taxonomy.groups, targets=taxonomy.targets)
        sample = build(source, copy.make_clock().now()).head(200)
        return cls(copy, registry, source, taxonomy, {1: first, 2: second}, sample, facts)

    def promote(self, store: Store, number: int) -> None:
        """Let those versions serve, and keep it as every promotion is kept."""
        before, estimators = what_serves(self.settings), self.estimators[number]
        versions = {part: ModelVersion(part, number, "benchmark") for part in estimators}
        promote(
            self.settings,
            self.registry,
            self.source,
            self.taxonomy,
            estimators,
            versions,
            self.sample,
            self.facts.refusals,
            typical=self.facts.typical,
        )
        with store.write() as connection:
            now = self.settings.make_clock().now()
            keep_promotion(connection, "train", before, what_serves(self.settings), at=now)


def _wider(n_tags: int) -> Calibration:
    return Calibration(np.full(n_tags, WIDER), np.zeros(n_tags))


def _under_load(
    server: Server, store: Store, swaps: _Swaps
) -> tuple[list[Caller], list[float], dict[str, Any]]:
    """The callers, the seconds until each swap was seen by all of them, and what each release says alone."""
    with store.read() as connection:
        names = [
            str(name) for name in connection.scalars(select(History.customer_id).limit(CUSTOMERS_A_CALL))
        ]
    alone = {}
    for number in (1, 2):
        swaps.promote(store, number)
        answer = _until(server, names, str(current_release_id(swaps.settings.releases_path)))
        alone[answer["release_id"]] = _said(answer)
    seconds = []
    with _calling(server, names) as callers:
        for _ in range(ROUNDS):
            rollback(swaps.settings, store, now=swaps.settings.make_clock().now())
            seconds.append(_seen(callers, swaps.settings))
            swaps.promote(store, 2)
            seconds.append(_seen(callers, swaps.settings))
    return callers, seconds, alone


@contextmanager
def _calling(server: Server, names: Sequence[str]) -> Iterator[list[Caller]]:
    ending = Event()
    callers = [Caller(server, names, ending) for _ in range(CALLERS)]
    threads = [Thread(target=caller.run) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def _seen(callers: Sequence[Caller], settings: Settings) -> float:
    """How long it takes until the latest answer of each caller is of the release that serves."""
    wanted, begin = str(current_release_id(settings.releases_path)), time.monotonic()
    while not all(caller.answers and caller.answers[-1]["release_id"] == wanted for caller in callers):
        if time.monotonic() - begin > SEEN_WITHIN_SECONDS:
            raise UnavailableError("The server of the benchmark did not take the release in time")
        time.sleep(0.01)
    return time.monotonic() - begin


def _until(server: Server, names: Sequence[str], release_id: str) -> Any:
    """The server's answer once that release gives it."""
    begin = time.monotonic()
    while True:
        answer = server.call("/v1/predict", {"customers": [{"customer_id": name} for name in names]})
        if answer["release_id"] == release_id:
            return answer
        if time.monotonic() - begin > SEEN_WITHIN_SECONDS:
            raise UnavailableError("The server of the benchmark did not take the release in time")
        time.sleep(0.1)


def _said(answer: Mapping[str, Any]) -> Any:
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
    return answer["models"], said
