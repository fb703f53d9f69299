"""`tagloop customers` and `tagloop tags report` on a shop with rules of its own."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.command_line import refused, succeeded
from tests.conftest import Shop

RULES = """
groups:
  - {key: level, name: {en: Spend, zh: 消费}, exclusive: true}
tags:
  - key: buyer
    name: {en: Buyer, zh: 买家}
    definition: {en: Bought within 84 days, zh: 84 天内购买过}
    kind: behaviour
    method: rule
    rule: {when: baskets_84d >= 1}
  - key: big
    name: {en: Big spender, zh: 大客户}
    definition: {en: Of the fifth that spends most, zh: 消费最高的五分之一}
    kind: value
    method: rule
    group: level
    rule: {when: "spend_84d >= quantile(spend_84d, 0.8)"}
"""


@pytest.fixture(scope="module")
def shop(loaded_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    from shutil import copytree  # noqa: PLC0415

    found = Shop(copytree(loaded_shop.folder, tmp_path_factory.mktemp("customers") / "shop"))
    (found.folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    succeeded(found.home, "tags", "apply", found.folder / "rules.yaml")
    succeeded(found.home, "tags", "refresh")
    return found


def ids(shop: Shop, *arguments: str) -> list[str]:
    found: list[str] = json.loads(succeeded(shop.home, "customers", "--json", "--where", *arguments))["ids"]
    return found


def test_tags_and_features_are_asked_in_one_condition(shop: Shop) -> None:
    big, buyers = ids(shop, "tag.big"), ids(shop, "tag.buyer")
    assert big
    assert set(big) < set(buyers)
    assert ids(shop, "tag.buyer and not tag.big") == sorted(set(buyers) - set(big))
    assert ids(shop, "baskets_84d >= 1") == buyers
    assert ids(shop, "tag.buyer and baskets_84d < 1") == []


def test_a_past_day_is_asked_of_what_was_known_then(shop: Shop) -> None:
    assert ids(shop, "tag.buyer", "--as-of", "2017-01-01") == []
    assert len(ids(shop, "baskets_ever >= 1", "--as-of", "2017-01-01")) < len(ids(shop, "baskets_ever >= 1"))


def test_a_file_holds_the_tags_beside_the_ids(shop: Shop, tmp_path: Path) -> None:
    names = ids(shop, "tag.big")
    succeeded(shop.home, "customers", "--where", "tag.big", "--out", tmp_path / "big.csv")
    with (tmp_path / "big.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["customer_id"] for row in rows] == names
    assert {row["big"] for row in rows} == {"yes"}
    succeeded(shop.home, "customers", "--where", "tag.big", "--out", tmp_path / "big.parquet")
    assert pq.read_table(tmp_path / "big.parquet").column("customer_id").to_pylist() == names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--where", "tag.bigg"), "tag.big"),
        (("--where", "tag.big", "--out", "big.txt"), ".csv or .parquet"),
        (("--where", "tag.big", "--as-of", "2999-01-01"), "after the clock"),
        (("--where", "churn > 0.5", "--as-of", "2017-06-01"), "as of now"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    shop: Shop, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(shop.home, "customers", *arguments)


def test_the_report_weighs_rules_by_what_followed(shop: Shop, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    found = json.loads(succeeded(shop.home, "tags", "report", "--json", "--out", page))
    by_tag = {one["tag"]: one for one in found["tags"]}
    big = by_tag["big"]
    assert big["weight"]["basis"] == "recomputed"
    assert big["weight"]["spend_lift"]["low"] > 1.0
    assert big["recommendation"]["advice"] == "keep"
    assert big["coverage"]["customers"] == len(ids(shop, "tag.big"))
    text = page.read_text(encoding="utf-8")
    assert "哪些标签值得保留" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
