from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from features.contract import EventTypes
from features.sources import EventBatch, Mapping, load_mapping, read_events


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Mapping]:
    """Writes a mapping beside the test's files and loads it."""

    def write_and_load(text: str) -> Mapping:
        path = tmp_path / "shop.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return load_mapping(path)

    return write_and_load


@pytest.fixture
def read() -> Callable[[Mapping], list[EventBatch]]:
    """Reads all events of a mapping, of a shop in Shanghai."""

    def read_all(mapping: Mapping) -> list[EventBatch]:
        return list(read_events(mapping, types=EventTypes(), zone=ZoneInfo("Asia/Shanghai")))

    return read_all
