"""A store on either database, a taxonomy, and a real receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store
from tags.taxonomy import Taxonomy, parse_taxonomy
from tests.receiver import Receiver, running_receiver


def _tag(key: str, kind: str) -> dict[str, object]:
    words = {"en": key.title(), "zh": f"标签{key}"}
    return {"key": key, "name": words, "definition": words, "kind": kind, "method": "import"}


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


@pytest.fixture
def taxonomy() -> Taxonomy:
    return parse_taxonomy(
        {"tags": [_tag("coffee", "interest"), _tag("tea", "interest"), _tag("gold", "value")]}
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running
