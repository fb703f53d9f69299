"""The work that is killed, each as a function that a process of its own runs to its end."""

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from core.settings import Settings
from core.storage import open_store
from features.flush import flush
from features.ingest import ingest
from features.intake import accept
from features.lake import Lake
from features.sources import load_mapping
from models.registry import Registry
from review.deciding import Answer, answer_tasks
from serving.tagging.refreshing import refresh
from tagloop.commands.serve import serve
from tags.current import Current
from tags.imports.of_file import Importing
from tags.imports.shape import Shape
from tags.imports.undoing import undo
from tags.taxonomy import Taxonomy, load_taxonomy, parse_taxonomy
from tags.triggers.timing import tick
from tests.faults.events import call
from tests.faults.remembered import Remembered
from training.candidates import CHURN, Contest, interest_contest
from training.loop.retrain import retrain
from training.promotion import promote
from training.train import train
from training.turn import training_turn

Begin = Callable[[], object]

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def load(begin: Begin, settings: dict[str, Any], mapping: Path) -> None:
    """Load the shop's files."""
    own = Settings(**settings)
    store, wanted = open_store(own), load_mapping(mapping)
    begin()
    ingest(wanted, own, store, own.make_clock())


def decide_tasks(begin: Begin, settings: dict[str, Any], receipts: Path, tasks: list[str]) -> None:
    """Decide review tasks one after the other, and write down each decision that was answered."""
    own = Settings(**settings)
    store, taxonomy = open_store(own), load_taxonomy()
    receipt = os.open(receipts, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    begin()
    for task in tasks:  # whoever decides it again says the same
        said = Answer(f"d-{task}", task, "accept" if int(task[1:]) % 2 else "reject", 4_000)
        with store.write() as connection:
            [outcome] = answer_tasks(connection, [said], "lin", taxonomy, own, now=NOW)
        os.write(receipt, f"{task} {outcome.status}\n".encode())


def take(begin: Begin, settings: dict[str, Any], receipts: Path, first: int, last: int) -> None:
    """Accept calls one after the other, and write down each that was acknowledged."""
    store = open_store(Settings(**settings))
    receipt = os.open(receipts, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    begin()
    for number in range(first, last):
        accept(store, call(number), now=NOW)
        os.write(receipt, f"{number}\n".encode())


def import_tags(begin: Begin, settings: dict[str, Any], file: Path, words_at_once: int) -> None:
    """Import a file of tags, so many words in a transaction."""
    own = Settings(**settings)
    store, taxonomy = open_store(own), import_taxonomy()
    importing = Importing(store, own.home, taxonomy, ZoneInfo("UTC"), NOW)
    with patch("tags.imports.reading.WORDS_AT_ONCE", words_at_once):
        begin()
        importing.run(file, Shape(), lambda _outcomes: None, lambda _done, _total: None, by="lin")


def undo_import(begin: Begin, settings: dict[str, Any], import_id: str, claims_at_once: int) -> None:
    """Take an import back, so many claims in a transaction."""
    store, taxonomy = open_store(Settings(**settings)), import_taxonomy()
    with patch("tags.imports.undoing.CLAIMS_AT_ONCE", claims_at_once):
        begin()
        undo(store, import_id, by="lin", taxonomy=taxonomy, now=NOW)


def import_taxonomy() -> Taxonomy:
    """Two tags that are imported."""
    tags = [
        {"key": key, "name": words, "definition": words, "kind": "custom", "method": "import"}
        for key, words in (("coffee", {"en": "Coffee", "zh": "咖啡"}), ("tea", {"en": "Tea", "zh": "茶"}))
    ]
    return parse_taxonomy({"tags": tags})


def serve_api(begin: Begin, settings: dict[str, Any]) -> None:
    """Serve the HTTP API as `tagloop serve` does."""
    begin()
    serve(Settings(**settings))


def look_at_clock(begin: Begin, settings: dict[str, Any]) -> None:
    """Do what the clock asks for, as a server does each second."""
    own = Settings(**settings)
    store = open_store(own)
    begin()
    tick(store, Current(own, store), own.make_clock())


def refresh_tags(begin: Begin, settings: dict[str, Any], customers_at_once: int) -> None:
    """Work everybody's tags out where that is due, so many customers in a transaction."""
    own = Settings(**settings)
    store = open_store(own)
    with patch("serving.tagging.everybody.CUSTOMERS_AT_ONCE", customers_at_once):
        begin()
        refresh(own, store, own.make_clock())


def move(begin: Begin, settings: dict[str, Any]) -> None:
    """Move live events to the lake until none is left."""
    own = Settings(**settings)
    store, lake = open_store(own), Lake(own.lake_path, buckets=own.lake_buckets)
    begin()
    while flush(store, lake):
        pass


def move_for(begin: Begin, settings: dict[str, Any], done: Path) -> None:
    """Move live events to the lake again and again, until there is a file."""
    own = Settings(**settings)
    store, lake = open_store(own), Lake(own.lake_path, buckets=own.lake_buckets)
    begin()
    while not done.exists() or flush(store, lake):
        flush(store, lake)


def hold_lake(begin: Begin, settings: dict[str, Any]) -> None:
    """Hold the lake's lock until the process is killed."""
    with Lake(Settings(**settings).lake_path).writing():
        begin()
        signal.pause()


def hold_training(begin: Begin, settings: dict[str, Any]) -> None:
    """Train for ever."""
    own = Settings(**settings)
    with training_turn(own, Registry("http://127.0.0.1:9", own.home)):
        begin()
        signal.pause()


def promote_parts(begin: Begin, settings: dict[str, Any], parts: Path) -> None:
    """Promote estimators that were trained and registered before."""
    own = Settings(**settings)
    source, taxonomy, estimators, versions, present = pickle.loads(parts.read_bytes())  # noqa: S301 (our own file)
    registry = Registry(own.tracking_uri, own.artifacts_path)
    registry.champion("interest")
    begin()
    promote(own, registry, source, taxonomy, estimators, versions, present)


@contextmanager
def few_kinds() -> Iterator[None]:
    """Contests of a default and few others: each kind leaves a run that is like the others'."""
    given, learn = import_module("training.given"), import_module("training.learn")

    def contest(*counted: Any, **more: Any) -> Contest:
        few: dict[str, Any] = {"candidates": ("logistic_history",), "rules": ("popularity",), "blends": {}}
        return replace(interest_contest(*counted, **more), **few)

    with (
        patch.object(given, "interest_contest", contest),
        patch.object(learn, "CHURN", replace(CHURN, candidates=(), rules=("recency",))),
    ):
        yield


def train_all(begin: Begin, settings: dict[str, Any], worked_out: Path) -> None:
    """Train everything and promote it; what the first training works out, the later ones read from the file."""
    own = Settings(**settings)
    store, taxonomy = open_store(own), load_taxonomy(own.taxonomy)
    with Remembered(worked_out), few_kinds():
        begin()
        train(own, store, taxonomy, until=own.make_clock().now())


def retrain_all(begin: Begin, settings: dict[str, Any], worked_out: Path) -> None:
    """A turn of the loop that was asked for by hand; what the first one learns, the later ones read from the file."""
    own = Settings(**settings)
    store, taxonomy = open_store(own), load_taxonomy(own.taxonomy)
    with Remembered(worked_out), few_kinds():
        begin()
        retrain(own, store, taxonomy, now=own.make_clock().now(), force=True)
