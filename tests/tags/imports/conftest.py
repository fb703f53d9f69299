"""A store on either database that knows a few customers, and a taxonomy with tags of several methods."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert

from core.settings import Settings
from core.storage import Store, open_store
from features.tables import Customer
from tags.imports.of_file import Imported, Importing
from tags.imports.rows import Outcome
from tags.imports.shape import Shape
from tags.profile.reading import profile_at
from tags.taxonomy import Taxonomy, parse_taxonomy

NOW = datetime(2018, 1, 1, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def _tag(key: str, en: str, zh: str, **more: object) -> dict[str, object]:
    words = {"en": en, "zh": zh}
    return {"key": key, "name": words, "definition": words, "kind": "custom", "method": "import", **more}


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    spender = {"method": "rule", "rule": {"when": "spend_84d > 100"}}
    return parse_taxonomy(
        {
            "tags": [
                _tag("coffee", "Coffee lover", "咖啡爱好者"),
                _tag("tea", "Tea", "茶"),
                _tag("tier", "Tier", "等级", values=["Gold", "Silver"]),
                _tag("spender", "Spender", "高消费", **spender),
                _tag("old", "Old", "旧标签", status="retired"),
                _tag("short", "Short", "短期", lifetime_days=10),
            ]
        }
    )


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path / "home", database_url=database_url))
    with opened.write() as connection:
        know(connection, *(f"c{number}" for number in range(10)))
    yield opened
    opened.close()


def know(connection: Connection, *customers: str) -> None:
    """Let customers exist."""
    connection.execute(insert(Customer), [{"customer_id": name, "first_seen_at": NOW} for name in customers])


def written(folder: Path, text: str, name: str = "tags.csv") -> Path:
    """A file of that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


Run = Callable[..., tuple[Imported, list[Outcome]]]


@pytest.fixture
def run(store: Store, taxonomy: Taxonomy, tmp_path: Path) -> Run:
    """Imports a file, or a text as one; `dry` changes nothing."""

    def imported(
        source: str | Path,
        shape: Shape | None = None,
        *,
        name: str = "tags.csv",
        dry: bool = False,
        now: datetime = NOW,
        tags: Taxonomy = taxonomy,
    ) -> tuple[Imported, list[Outcome]]:
        importing = Importing(store, tmp_path / "home", tags, ZONE, now)
        outcomes: list[Outcome] = []
        file = source if isinstance(source, Path) else written(tmp_path, source, name)
        if dry:
            return importing.dry_run(file, shape or Shape(), outcomes.extend, _nothing), outcomes
        return importing.run(file, shape or Shape(), outcomes.extend, _nothing, by="lin"), outcomes

    return imported


def _nothing(_done: int, _total: int) -> None:
    pass


def carried(store: Store, customers: Sequence[str], at: datetime = NOW) -> dict[str, dict[str, str | None]]:
    """By customer the tags that are carried, with their values; customers without any are left out."""
    with store.read() as connection:
        found = profile_at(connection, list(customers), at)
    return {name: {one.tag: one.value for one in tags} for name, tags in found.items() if tags}


def told(outcomes: Sequence[Outcome]) -> list[tuple[int, str, str | None]]:
    """Line, outcome and reason of each."""
    return [(one.line, one.outcome, one.reason) for one in outcomes]
