"""What the tags leave out, against plain counts over the shop's files."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from features.contract import Role
from tags.report.completeness import COVERED, behaviours, covered_groups, tags_at_all, uncovered
from tags.rules.rulebook import Rulebook
from tags.taxonomy import Taxonomy, load_taxonomy, parse_taxonomy
from tests.conftest import Shop
from tests.small_shop import TAGGED
from tests.tags.report.conftest import Looked


def masks(**carried: list[int]) -> dict[str, Any]:
    return {tag: np.array(values, dtype=bool) for tag, values in carried.items()}


def rule(key: str, when: str) -> dict[str, Any]:
    words = {"en": "x", "zh": "某"}
    return {"key": key, "name": words, "definition": words, "kind": "value", "method": "rule"} | {
        "rule": {"when": when}
    }


def test_who_carries_nothing_is_counted_once_and_kinds_are_of_everybody() -> None:
    found = masks(tea=[1, 0, 0, 1], rich=[1, 1, 0, 0], poor=[0, 0, 0, 0])
    kinds = {"tea": "interest", "rich": "value", "poor": "value"}
    assert tags_at_all(found, kinds, 4) == (1, {"interest": 0.5, "value": 0.5})
    assert tags_at_all({}, {}, 4) == (4, {})
    assert tags_at_all(masks(tea=[]), {"tea": "interest"}, 0) == (0, {"interest": 0.0})


def test_every_category_that_no_tag_looks_at_is_told_as_the_files_count_it(
    look: Callable[[Taxonomy], Looked], loaded_shop: Shop
) -> None:
    shop = look(load_taxonomy(loaded_shop.taxonomy))
    rulebook = Rulebook(shop.taxonomy, shop.source.spec)
    window = shop.windows[-1]
    found = uncovered(shop.source, window, covered_groups(shop.taxonomy, rulebook))

    buyers: dict[str, set[str]] = defaultdict(set)
    sales: dict[str, float] = defaultdict(float)
    zone = shop.settings.zone
    with (loaded_shop.mapping.parent / "sales.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["时间"]).replace(tzinfo=zone)
            if window.as_of <= at < window.ends:
                category = row["商品"].rstrip("1234")
                buyers[category].add(row["会员"])
                sales[category] += float(row["金额"])
    everybody = set().union(*buyers.values())
    of_tags = {label for labels in TAGGED.values() for label in labels}
    largest = {group.labels[0] for group in shop.source.catalogue.groups} - of_tags
    assert largest
    assert {one.labels[0] for one in found} == largest
    for one in found:
        (label,) = one.labels
        assert one.customers == pytest.approx(len(buyers[label]) / len(everybody))
        assert one.sales == pytest.approx(sales[label] / sum(sales.values()))
        assert one.covered == 0.0 < COVERED
    assert [one.customers for one in found] == sorted((one.customers for one in found), reverse=True)


def test_a_rule_that_counts_a_category_covers_it(
    look: Callable[[Taxonomy], Looked], loaded_shop: Shop
) -> None:
    plain = look(load_taxonomy(loaded_shop.taxonomy))
    groups = [group.name for group in plain.source.catalogue.groups if group.name.startswith("category_")]
    content = parse_taxonomy({"tags": [rule("likes", f"purchases_28d__{groups[0]} > 0")]})
    shop = look(content)
    rulebook = Rulebook(shop.taxonomy, shop.source.spec)
    assert covered_groups(shop.taxonomy, rulebook) == {groups[0]}
    labels = {one.labels for one in uncovered(shop.source, shop.windows[-1], {groups[0]})}
    of_group = {group.name: group.labels for group in shop.source.catalogue.groups}
    assert of_group[groups[0]] not in labels
    assert labels <= set(of_group.values())


def test_behaviours_are_those_that_the_events_tell_with_the_tags_that_look_at_them(
    look: Callable[[Taxonomy], Looked],
) -> None:
    tags = [rule("regular", "purchases_84d > 5"), rule("local", "attribute.city = '杭州'")]
    shop = look(parse_taxonomy({"tags": tags}))
    rulebook = Rulebook(shop.taxonomy, shop.source.spec)
    found = {one.key: one.tags for one in behaviours(shop.taxonomy, rulebook, {Role.PURCHASE})}
    assert found["frequency"] == ("regular",)
    assert found["profile"] == ("local",)
    assert found["hours"] == ()
    assert "attention" not in found
    assert "campaign" not in found
    unseen_first = [bool(one.tags) for one in behaviours(shop.taxonomy, rulebook, {Role.PURCHASE})]
    assert unseen_first == sorted(unseen_first)
    assert "campaign" in {one.key for one in behaviours(shop.taxonomy, rulebook, {Role.EXPOSURE})}
