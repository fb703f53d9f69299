"""Definitions are changed with all that follows: rules checked, assignments ended, dependents told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConflictError, InvalidInputError
from core.settings import Settings
from core.storage import Store, open_store
from features.spec import FeatureSpec
from tags.catalogue.changing import define, retire_tag
from tags.catalogue.impact import Impact, impact_of
from tags.catalogue.store import Saved, read_taxonomy
from tags.definition import Tag, TagGroup
from tags.profile import book
from tags.profile.claims import Claim, Source
from tags.profile.reading import profile_at
from tags.taxonomy import Taxonomy

NOW = datetime(2018, 1, 1, tzinfo=UTC)
SPEC = FeatureSpec("UTC", (), ("store",))
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


def trigger(key: str, **said: Any) -> Tag:
    return rule(key, method="trigger", rule=None, trigger=said)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path))
    yield store
    store.close()


def put(
    store: Store, *tags: Tag, groups: tuple[TagGroup, ...] = (), spec: FeatureSpec | None = SPEC
) -> Saved:
    with store.write() as connection:
        return define(connection, tags, groups, spec=spec, by="lin", now=NOW)


def refused(store: Store, *tags: Tag, **more: Any) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        put(store, *tags, **more)
    return {problem.field: str(problem.message) for problem in caught.value.fields}


def known(store: Store) -> Taxonomy:
    with store.read() as connection:
        found = read_taxonomy(connection)
    assert found is not None
    return found


def give(store: Store, customer: str, tag: str, source: Source = Source.RULE) -> None:
    claim = Claim(f"{customer}/{tag}/{source}", customer, tag, 1, source, "1", carries=True, as_of=NOW)
    with store.write() as connection:
        taxonomy = read_taxonomy(connection)
        assert taxonomy is not None
        book.put(connection, [claim], taxonomy=taxonomy, now=NOW)


def carried(store: Store, customer: str, at: datetime) -> list[str]:
    with store.read() as connection:
        return [one.tag for one in profile_at(connection, [customer], at)[customer]]


def impact(store: Store, key: str) -> Impact:
    with store.read() as connection:
        return impact_of(connection, known(store), key, NOW + timedelta(hours=1))


def test_unknown_name_is_told_with_the_nearest_and_nothing_is_kept(store: Store) -> None:
    put(store, rule("first"))
    faults = refused(store, rule("good"), rule("bad", "spend_85d > 100"))
    assert list(faults) == ["tags.bad.rule.when"]
    assert "spend_84d" in faults["tags.bad.rule.when"]
    assert [tag.key for tag in known(store).tags] == ["first"]


def test_faults_of_several_tags_are_told_at_once(store: Store) -> None:
    faults = refused(
        store,
        rule("a", "spend_84d"),
        rule("b", "spend_84d >"),
        rule("c", "spend_84d > quantile(spend_84d, 1.5)"),
        trigger("d", events=["purchase"], when="event.amout > 3"),
        trigger("e", events=["purchase"], after_days="gap_mean"),
    )
    assert list(faults) == [
        "tags.a.rule.when",
        "tags.b.rule.when",
        "tags.c.rule.when",
        "tags.d.trigger.when",
        "tags.e.trigger.after_days",
    ]
    assert "expected a truth" in faults["tags.a.rule.when"]
    assert "1.5" in faults["tags.c.rule.when"]
    assert "event.amount" in faults["tags.d.trigger.when"]


def test_circle_between_tags_is_told_with_every_tag_of_it(store: Store) -> None:
    put(store, rule("a"), rule("b", "tag.a"))
    faults = refused(store, rule("a", "not tag.b"))
    assert set(faults) == {"tags.a.rule.when", "tags.b.rule.when"}
    assert "circle" in faults["tags.a.rule.when"]
    assert known(store).versions == {"a": 1, "b": 1}


def test_before_any_data_only_the_grammar_and_circles_are_checked(store: Store) -> None:
    put(store, rule("a", "spend_85d > 100"), spec=None)
    assert list(refused(store, rule("b", "spend_84d >"), rule("c", "tag.c"), spec=None)) == [
        "tags.b.rule.when",
        "tags.c.rule.when",
    ]


def test_retiring_ends_assignments_at_once_and_keeps_their_history(store: Store) -> None:
    put(store, rule("a"), rule("b"))
    give(store, "c1", "a")
    give(store, "c1", "b")
    later = NOW + timedelta(days=1)
    with store.write() as connection:
        assert retire_tag(connection, "a", by="lin", now=later).new_versions == ("a",)
    assert carried(store, "c1", NOW + timedelta(hours=1)) == ["a", "b"]
    assert carried(store, "c1", later + timedelta(seconds=1)) == ["b"]


def test_tag_that_rules_look_at_is_only_retired_by_force(store: Store) -> None:
    put(store, rule("a"), rule("b", "tag.a and spend_84d > 1"))
    with store.write() as connection, pytest.raises(ConflictError, match="The rules of b look at a"):
        retire_tag(connection, "a", by="lin", now=NOW)
    assert known(store)["a"].is_current
    with store.write() as connection:
        retire_tag(connection, "a", by="lin", now=NOW, force=True)
    assert not known(store)["a"].is_current


def test_rule_of_a_retired_tag_closes_no_circle(store: Store) -> None:
    put(store, rule("a", "tag.b"), rule("b"))
    with store.write() as connection:
        retire_tag(connection, "a", by="lin", now=NOW)
    assert put(store, rule("b", "not tag.a or spend_84d > 3")).new_versions == ("b",)


def test_impact_names_everything_that_depends_on_a_tag(store: Store) -> None:
    put(
        store,
        rule("low", group="tiers"),
        rule("high", group="tiers"),
        rule("looks", "tag.low"),
        rule("draws", rule={"when": "true", "value": "value.low"}),
        trigger("rises", crosses="tiers", direction="up"),
        trigger("buys", events=["purchase"], when="tag.low"),
        rule("apart"),
        groups=(TIERS,),
    )
    give(store, "c1", "low")
    give(store, "c2", "low")
    give(store, "c2", "low", Source.PERSON)
    found = impact(store, "low")
    assert found.rules == ("looks", "draws")
    assert found.triggers == ("buys", "rises")
    assert found.group == ("high",)
    assert (found.customers, dict(found.claims)) == (2, {"person": 1, "rule": 2})
    nothing = impact(store, "apart")
    assert (nothing.rules, nothing.triggers, nothing.group, nothing.customers) == ((), (), (), 0)
