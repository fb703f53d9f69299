"""A file of tags is taken over as far as it changed; what people changed elsewhere is not lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import ConflictError, InvalidInputError
from core.settings import Settings
from core.storage import Store, open_store
from tags.catalogue.store import put_tags, read_taxonomy, retire, versions_of
from tags.catalogue.taking import look, settle, take_over
from tags.definition import Tag
from tags.taxonomy import Taxonomy, load_taxonomy

NOW = datetime(2018, 1, 1, tzinfo=UTC)


def tag(key: str, **more: Any) -> dict[str, Any]:
    plain = {
        "key": key,
        "name": {"en": key, "zh": "茶"},
        "definition": {"en": "Buys", "zh": "购买"},
        "outcome": {"type": "purchase", "categories": [key]},
    }
    return {**plain, **more}


class Shop:
    """A home with a file of tags."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self.file = folder / "tags.yaml"
        self.settings = Settings(home=folder, taxonomy=self.file, database_url=database_url)
        self.store: Store = open_store(self.settings)

    def write(self, *tags: dict[str, Any]) -> None:
        self.file.write_text(yaml.safe_dump({"tags": list(tags)}), encoding="utf-8")

    def settle(self) -> Taxonomy:
        return settle(self.settings, self.store, self.settings.make_clock())

    def change(self, content: dict[str, Any]) -> None:
        """By the API."""
        with self.store.write() as connection:
            put_tags(connection, [Tag.model_validate(content)], by="lin", origin="api", now=NOW)

    def known(self) -> Taxonomy | None:
        with self.store.read() as connection:
            return read_taxonomy(connection)

    def origin(self, key: str) -> tuple[int, str]:
        with self.store.read() as connection:
            newest = versions_of(connection, key)[0]
        return newest.version, newest.origin


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Shop]:
    shop = Shop(tmp_path, database_url)
    shop.write(tag("tea"), tag("oil"))
    yield shop
    shop.store.close()


def test_file_is_taken_over_as_it_is(shop: Shop) -> None:
    file = load_taxonomy(shop.file)
    found = shop.settle()
    assert (found.tags, found.version) == (file.tags, file.version)
    assert found.versions == {"tea": 1, "oil": 1}
    assert shop.settle().versions == found.versions


def test_only_what_changed_in_the_file_gets_a_new_version(shop: Shop) -> None:
    shop.settle()
    shop.write(tag("tea", floor=0.3), tag("oil"), tag("milk"))
    found = shop.settle()
    assert found.versions == {"tea": 2, "oil": 1, "milk": 1}
    assert found["tea"].floor == 0.3


def test_tag_that_left_the_file_is_retired_and_returns_with_it(shop: Shop) -> None:
    shop.settle()
    shop.write(tag("tea"))
    assert [one.key for one in shop.settle().in_use] == ["tea"]
    shop.write(tag("tea"), tag("oil"))
    found = shop.settle()
    assert [one.key for one in found.in_use] == ["tea", "oil"]
    assert found.versions == {"tea": 1, "oil": 3}


def test_another_file_in_the_settings_takes_the_place_of_the_first(shop: Shop) -> None:
    shop.settle()
    other = shop.file.with_name("other.yaml")
    other.write_text(yaml.safe_dump({"tags": [tag("milk")]}), encoding="utf-8")
    settings = shop.settings.model_copy(update={"taxonomy": other})
    found = settle(settings, shop.store, settings.make_clock())
    assert [one.key for one in found.in_use] == ["milk"]


def test_change_by_the_api_outlives_a_file_that_stays_the_same(shop: Shop) -> None:
    shop.settle()
    shop.change(tag("tea", floor=0.5))
    shop.change(tag("wine"))
    assert shop.settle()["tea"].floor == 0.5
    shop.write(tag("tea"), tag("oil", floor=0.2))  # says nothing new of tea
    found = shop.settle()
    assert (found["tea"].floor, found["oil"].floor) == (0.5, 0.2)
    assert found["wine"].is_current


def test_tag_changed_in_the_file_and_elsewhere_is_a_conflict_that_is_named(shop: Shop) -> None:
    shop.settle()
    shop.change(tag("tea", floor=0.5))
    shop.write(tag("tea", floor=0.3), tag("oil", floor=0.2))
    with pytest.raises(
        ConflictError, match=r"tags\.yaml changes tags that were changed elsewhere .*: tea\."
    ) as e:
        shop.settle()
    (problem,) = e.value.fields
    assert problem.field == "tags.tea"
    assert str(problem.message).startswith("lin changed it on 2018-01-01T00:00:00+00:00")
    found = shop.known()
    assert found is not None
    assert (found["tea"].floor, found["oil"].floor) == (0.5, 0.1)  # nothing by halves


def test_conflict_ends_when_both_say_the_same(shop: Shop) -> None:
    shop.settle()
    shop.change(tag("tea", floor=0.5))
    shop.write(tag("tea", floor=0.5), tag("oil"))
    assert shop.settle()["tea"].floor == 0.5
    assert shop.origin("tea") == (2, "api")


def test_file_wins_a_conflict_where_that_is_asked_for(shop: Shop) -> None:
    shop.settle()
    shop.change(tag("tea", floor=0.5))
    shop.write(tag("tea", floor=0.3), tag("oil"))
    with shop.store.write() as connection:
        taken = take_over(connection, load_taxonomy(shop.file), "settings", by="lin", now=NOW, force=True)
    assert [one.key for one in taken.tags] == list(taken.conflicts) == ["tea"]
    assert shop.settle()["tea"].floor == 0.3


def test_tag_that_is_retired_elsewhere_stays_so(shop: Shop) -> None:
    shop.settle()
    with shop.store.write() as connection:
        retire(connection, "tea", by="lin", now=NOW)
    assert [one.key for one in shop.settle().in_use] == ["oil"]
    shop.write(tag("oil"))
    assert [one.key for one in shop.settle().in_use] == ["oil"]


def test_tag_of_another_file_is_not_taken_from_it(shop: Shop) -> None:
    shop.settle()
    other = Taxonomy.model_validate({"tags": [tag("tea", floor=0.7), tag("milk")]})
    with shop.store.write() as connection, pytest.raises(ConflictError, match="tea"):
        take_over(connection, other, "pack:general", by="general", now=NOW)


def test_file_that_does_not_fit_the_store_changes_nothing(shop: Shop) -> None:
    shop.settle()
    shop.write(tag("tea"), tag("oil", group="tires"))
    with pytest.raises(InvalidInputError, match=r"tags\.1\.group"):
        shop.settle()
    found = shop.known()
    assert found is not None
    assert found.versions == {"tea": 1, "oil": 1}


def test_whoever_only_looks_sees_the_file_and_writes_nothing(shop: Shop) -> None:
    assert [one.key for one in look(shop.settings, shop.store).tags] == ["tea", "oil"]
    assert shop.known() is None
    shop.settle()
    shop.write(tag("tea", floor=0.3))
    seen = look(shop.settings, shop.store)
    assert ([one.key for one in seen.in_use], seen["tea"].floor) == (["tea"], 0.3)
    assert shop.origin("tea") == (1, "settings")
    shop.change(tag("tea", floor=0.5))
    assert look(shop.settings, shop.store)["tea"].floor == 0.5
