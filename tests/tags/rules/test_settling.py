"""Claims of rules: made, kept and ended so that what stands is what the rules say, however often they are asked."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from core.storage import Store
from features.histories import Ints, Mask
from tags.profile.book import Written, put
from tags.profile.claims import Claim, Source
from tags.profile.reading import profile_at, standing
from tags.rules.settling import settle
from tags.taxonomy import Taxonomy, parse_taxonomy

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)
DAY = timedelta(days=1)
CUSTOMERS = ("ann", "bo", "cy", "di")


def rule_tag(key: str, **more: Any) -> dict[str, Any]:
    name = {"en": key, "zh": key}
    return {"key": key, "name": name, "definition": name, "method": "rule", "rule": {"when": "true"}, **more}


def taxonomy_of(*tags: dict[str, Any], versions: Mapping[str, int] | None = None) -> Taxonomy:
    groups = [{"key": "spend", "name": {"en": "Spend", "zh": "消费"}, "exclusive": True}]
    found = parse_taxonomy({"tags": list(tags), "groups": groups})
    return found.with_versions({tag.key: 1 for tag in found.tags} | dict(versions or {}))


SHOP = taxonomy_of(
    rule_tag("weekend"),
    rule_tag("age", rule={"when": "true", "value": "attribute.age"}),
    rule_tag("low", group="spend"),
    rule_tag("high", group="spend"),
    rule_tag("trial", status="pilot", pilot_share=0.5),
)


class Told:
    """Answers as plain values: of each tag by customer whether it is carried, or with which value."""

    def __init__(self, words: Mapping[str, Sequence[bool | str | None]]) -> None:
        self.words = words

    @property
    def carries(self) -> dict[str, Mask]:
        return {
            tag: np.array([one not in (False, None) for one in of_tag]) for tag, of_tag in self.words.items()
        }

    @property
    def given(self) -> set[str]:
        return {tag for tag, carries in self.carries.items() if carries.any()}

    def values(self, tag: str, rows: Ints) -> list[str | None]:
        found = [self.words[tag][row] for row in rows.tolist()]
        return [one if isinstance(one, str) else None for one in found]

    def evidence(self, tag: str, rows: Ints) -> list[dict[str, Any]]:
        return [{"tag": tag, "row": row} for row in rows.tolist()]


def settled(store: Store, now: datetime, taxonomy: Taxonomy = SHOP, **words: Any) -> Written:
    with store.write() as connection:
        return settle(
            connection,
            CUSTOMERS[: len(next(iter(words.values())))],
            Told(words),
            tags=set(words),
            taxonomy=taxonomy,
            now=now,
            zone=ZONE,
        )


def stands(store: Store) -> dict[str, dict[str, str | None]]:
    with store.read() as connection:
        found = standing(connection, CUSTOMERS)
    return {name: {one.tag: one.value for one in claims} for name, claims in found.items()}


def test_rules_give_and_take_tags_with_their_evidence(store: Store) -> None:
    assert settled(store, NOW, weekend=[True, False, True]).new == 2
    with store.read() as connection:
        carried = profile_at(connection, ["cy"], NOW)["cy"][0]
    assert (carried.tag, carried.source, carried.source_version) == ("weekend", Source.RULE, "1")
    assert (carried.evidence, carried.ends_at) == ({"tag": "weekend", "row": 2}, None)
    assert settled(store, NOW + DAY, weekend=[True, True, False]) == Written(new=1, ended=1, changes=2)
    assert stands(store) == {"ann": {"weekend": None}, "bo": {"weekend": None}}


def test_saying_the_same_again_writes_nothing(store: Store) -> None:
    settled(store, NOW, weekend=[True, False], age=["young", None])
    assert settled(store, NOW + DAY, weekend=[True, False], age=["young", None]) == Written()


def test_another_value_replaces_the_claim(store: Store) -> None:
    settled(store, NOW, age=["young", "old"])
    settled(store, NOW + DAY, age=["middle", None])
    assert stands(store) == {"ann": {"age": "middle"}}


def test_new_version_of_a_rule_makes_its_claims_anew_and_changes_no_profile(store: Store) -> None:
    settled(store, NOW, weekend=[True])
    newer = SHOP.with_versions({**SHOP.versions, "weekend": 2})
    assert settled(store, NOW + DAY, newer, weekend=[True]).changes == 0
    with store.read() as connection:
        assert profile_at(connection, ["ann"], NOW + DAY)["ann"][0].tag_version == 2


def test_of_an_exclusive_group_only_the_highest_becomes_a_claim(store: Store) -> None:
    settled(store, NOW, low=[True, True, False], high=[False, True, True])
    assert stands(store) == {"ann": {"low": None}, "bo": {"high": None}, "cy": {"high": None}}
    settled(store, NOW + DAY, low=[True, True, True], high=[True, False, True])
    settled(store, NOW + 2 * DAY, low=[True, True, True], high=[True, True, False])
    assert stands(store) == {"ann": {"high": None}, "bo": {"high": None}, "cy": {"low": None}}


def test_pilot_is_said_of_its_sample_alone(store: Store) -> None:
    settled(store, NOW, trial=[True] * 4)
    sample = {name for name in CUSTOMERS if SHOP["trial"].is_in_pilot(name)}
    assert 0 < len(sample) < 4
    assert set(stands(store)) == sample


def test_claim_with_a_lifetime_is_made_anew_once_half_of_it_has_passed(store: Store) -> None:
    shop = taxonomy_of(rule_tag("weekend", lifetime_days=10))
    settled(store, NOW, shop, weekend=[True])
    assert settled(store, NOW + 4 * DAY, shop, weekend=[True]) == Written()
    assert settled(store, NOW + 6 * DAY, shop, weekend=[True]).new == 1
    with store.read() as connection:
        assert profile_at(connection, ["ann"], NOW + 6 * DAY)["ann"][0].ends_at == NOW + 16 * DAY


def test_what_other_sources_say_is_left_alone(store: Store) -> None:
    claim = Claim("p1", "ann", "weekend", 1, Source.PERSON, "lin", carries=True, as_of=NOW)
    with store.write() as connection:
        put(connection, [claim], taxonomy=SHOP, now=NOW)
    assert settled(store, NOW + DAY, weekend=[False], high=[True]) == Written(new=1, changes=1)
    assert stands(store) == {"ann": {"weekend": None, "high": None}}


def test_whatever_was_said_before_what_stands_is_what_is_said_now(store: Store) -> None:
    dice = random.Random(0)  # noqa: S311 (no secret)
    for step in range(12):
        now = NOW + step * DAY
        words: dict[str, list[Any]] = {
            tag.key: [dice.choice([False, True]) for _ in CUSTOMERS] for tag in SHOP.tags
        }
        words["age"] = [dice.choice([None, "young", "old"]) for _ in CUSTOMERS]
        settled(store, now, SHOP, **words)
        expected: dict[str, dict[str, str | None]] = {}
        for place, name in enumerate(CUSTOMERS):
            own = {tag: said_of[place] for tag, said_of in words.items() if said_of[place]}
            if "high" in own:
                own.pop("low", None)
            if not SHOP["trial"].is_in_pilot(name):
                own.pop("trial", None)
            if own:
                expected[name] = {tag: one if isinstance(one, str) else None for tag, one in own.items()}
        assert stands(store) == expected
