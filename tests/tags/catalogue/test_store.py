"""Definitions in the store: each change a version, nothing lost, the highest one counts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from tags.catalogue.store import (
    COUNTER,
    Saved,
    check_version,
    put_tags,
    read_taxonomy,
    retire,
    versions_of,
)
from tags.definition import Tag, TagGroup
from tags.taxonomy import Taxonomy

NOW = datetime(2018, 1, 1, tzinfo=UTC)
TIERS = TagGroup.model_validate({"key": "tiers", "name": {"en": "Tiers", "zh": "等级"}, "exclusive": True})


def rule(key: str = "big", when: str = "spend_84d > 100", **more: Any) -> Tag:
    plain = {
        "key": key,
        "name": {"en": key, "zh": "大"},
        "definition": {"en": "Spends", "zh": "消费"},
        "method": "rule",
        "rule": {"when": when},
    }
    return Tag.model_validate({**plain, **more})


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path, database_url=database_url))
    yield store
    store.close()


def put(store: Store, *tags: Tag, groups: tuple[TagGroup, ...] = (), **more: Any) -> Saved:
    with store.write() as connection:
        return put_tags(connection, tags, groups, **{"by": "lin", "origin": "api", "now": NOW, **more})


def known(store: Store) -> Taxonomy:
    with store.read() as connection:
        found = read_taxonomy(connection)
    assert found is not None
    return found


def changes(store: Store) -> int:
    with store.read() as connection:
        return counters.value(connection, COUNTER)


def test_empty_store_has_no_taxonomy(store: Store) -> None:
    with store.read() as connection:
        assert read_taxonomy(connection) is None


def test_definitions_come_back_as_they_were_in_the_order_in_which_they_first_came(store: Store) -> None:
    first, second = rule("b", group="tiers"), rule("a", status="draft", values=["x"], owner="Mary")
    assert put(store, first, second, groups=(TIERS,)) == Saved(("b", "a"), ())
    changed = rule("b", "spend_84d > 200", group="tiers")
    assert put(store, changed, second) == Saved(("b",), ("a",))
    found = known(store)
    assert found.tags == (changed, second)
    assert found.groups_of_tags == (TIERS,)
    assert found.versions == {"b": 2, "a": 1}


def test_every_version_is_kept_with_who_made_it_and_why(store: Store) -> None:
    put(store, rule())
    put(store, rule(when="spend_84d > 200"), by="mary", note="prices rose", now=NOW + timedelta(days=1))
    with store.read() as connection:
        newest, oldest = versions_of(connection, "big")
    assert (oldest.version, oldest.tag, oldest.made_by, oldest.origin, oldest.note) == (
        1,
        rule(),
        "lin",
        "api",
        None,
    )
    assert (newest.version, newest.made_by, newest.note) == (2, "mary", "prices rose")
    assert newest.made_at == NOW + timedelta(days=1)


def test_definition_that_says_what_is_known_changes_nothing(store: Store) -> None:
    put(store, rule(), groups=(TIERS,))
    before = changes(store)
    assert put(store, rule(lifetime_days=None), groups=(TIERS,)) == Saved((), ("big",))
    assert changes(store) == before
    assert known(store).versions == {"big": 1}


def test_counter_tells_servers_of_each_change(store: Store) -> None:
    seen = [changes(store)]
    put(store, rule())
    seen.append(changes(store))
    put(store, rule(), groups=(TIERS,))
    seen.append(changes(store))
    with store.write() as connection:
        retire(connection, "big", by="lin", now=NOW)
    seen.append(changes(store))
    assert seen == sorted(set(seen))


def test_definition_that_does_not_fit_the_others_is_refused_and_nothing_is_kept(store: Store) -> None:
    put(store, rule())
    with pytest.raises(InvalidInputError) as caught:
        put(store, rule("other"), rule("wrong", group="tires"))
    assert [problem.field for problem in caught.value.fields] == ["tags.wrong.group"]
    assert [tag.key for tag in known(store).tags] == ["big"]


def test_retired_tag_stays_known_and_may_return(store: Store) -> None:
    put(store, rule(), rule("other"))
    with store.write() as connection:
        assert retire(connection, "big", by="lin", now=NOW) == Saved(("big",), ())
        assert retire(connection, "big", by="lin", now=NOW) == Saved((), ("big",))
    found = known(store)
    assert [tag.key for tag in found.current] == ["other"]
    assert found["big"].status == "retired"
    put(store, rule())
    assert known(store).versions == {"big": 3, "other": 1}


def test_tag_that_is_not_there_cannot_be_retired(store: Store) -> None:
    put(store, rule())
    with store.write() as connection, pytest.raises(NotFoundError, match="no tag 'bug'; the tags are big"):
        retire(connection, "bug", by="lin", now=NOW)


def test_retiring_in_an_empty_store_says_that_there_is_no_tag(store: Store) -> None:
    with store.write() as connection, pytest.raises(NotFoundError, match="no tag 'big'"):
        retire(connection, "big", by="lin", now=NOW)


def test_change_of_a_version_that_is_not_the_newest_is_refused(store: Store) -> None:
    put(store, rule())
    with store.read() as connection:
        check_version(connection, "big", 1)
        check_version(connection, "new", 0)
        with pytest.raises(ConflictError, match="big is at version 1, not 0: read it again"):
            check_version(connection, "big", 0)
