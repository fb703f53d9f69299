"""Every feature that a shop can have is told in words, in a reason of its own kind."""

import re

import pytest

from features.catalogue import CategoryGroup
from features.contract import AttributeDefinition, Role
from features.kernel import columns
from features.spec import FeatureSpec
from serving.reasons.goods import OF_GOODS
from serving.reasons.measure import Group, Measure
from serving.reasons.measures import GENERAL
from serving.reasons.vocabulary import Vocabulary
from tags.taxonomy import Taxonomy, parse_taxonomy

SPEC = FeatureSpec(
    groups=(CategoryGroup("coffee", ("COFFEE",)), CategoryGroup("category_frzn_fish", ("FRZN FISH",))),
    channels=("store", "app"),
    attributes=(
        AttributeDefinition("city", "nominal", ("North", "South"), "City", "城市"),
        AttributeDefinition("age", "ordinal", ("young", "old"), "Age", "年龄"),
        AttributeDefinition("points", "number", (), "Points", "积分"),
    ),
    attention=(Role.PURCHASE, Role.INTEREST, Role.OPINION),
)
FEATURES = [column.name for column in columns(SPEC)]
VALUES = (None, -3.0, 0.0, 0.004, 0.5, 1.0, 2.0, 2.5, 84.0, 12345.678)
COFFEE = {
    "key": "coffee",
    "name": {"en": "Coffee lover", "zh": "咖啡爱好者"},
    "definition": {"en": "Buys coffee", "zh": "买咖啡"},
    "outcome": {"type": "purchase", "categories": ["COFFEE"]},
}


def taxonomy(**more: object) -> Taxonomy:
    return parse_taxonomy({"tags": [{**COFFEE, **more}]})


GOODS = {"en": "coffee", "zh": "咖啡"}
WORDS = Vocabulary(SPEC, taxonomy(goods=GOODS), "CNY")


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_words_and_a_group(feature: str) -> None:
    told = WORDS.told(feature)
    assert not told.reason.startswith("other:")
    assert all(told.names)


@pytest.mark.parametrize("feature", FEATURES)
def test_every_value_makes_a_whole_sentence_in_both_languages(feature: str) -> None:
    told = WORDS.told(feature)
    for value in VALUES:
        for typical in VALUES:
            english = WORDS.sentence(told, value, typical, "en", is_compared=True)
            chinese = WORDS.sentence(told, value, typical, "zh", is_compared=True)
            assert not re.search(r"[{}]|nan|None|  | ,", english + chinese), (english, chinese)
            assert not re.search(r"[一-鿿]", english), english
            assert re.search(r"[一-鿿]", chinese)
            assert not re.search(r"\b1 \w+s\b", english), english


@pytest.mark.parametrize("feature", FEATURES)
def test_a_value_that_may_be_missing_has_words_for_that(feature: str) -> None:
    """What a feature's definition leaves open must not be told as a number, and never as none of something."""
    assert WORDS.told(feature).measure.missing or feature.partition("__")[0] in ALWAYS_THERE


def test_features_of_one_group_of_goods_are_one_reason() -> None:
    names = ("baskets_28d", "baskets_84d", "spend_84d", "purchases_ever", "days_since_last_purchase")
    assert {WORDS.told(f"{name}__coffee").reason for name in names} == {"purchases:coffee"}
    assert WORDS.told("baskets_84d__category_frzn_fish").reason == "purchases:category_frzn_fish"


def test_recency_frequency_and_money_of_the_whole_customer_are_reasons_of_their_own() -> None:
    reasons = {WORDS.told(name).reason for name in ("days_since_last_purchase", "baskets_84d", "spend_84d")}
    assert reasons == {"recency", "frequency", "spend"}
    assert WORDS.told("baskets_7d").reason == WORDS.told("purchase_days_84d").reason == "frequency"


def test_levels_of_one_attribute_are_one_reason() -> None:
    assert (
        WORDS.told("profile_city__North").reason == WORDS.told("profile_city__South").reason == "profile:city"
    )


def test_goods_are_called_as_the_tag_says_else_by_its_name_else_by_the_catalogue() -> None:
    assert WORDS.goods("coffee") == ("coffee", "咖啡")
    unnamed = Vocabulary(SPEC, taxonomy(), "CNY")
    assert unnamed.goods("coffee") == ("“Coffee lover” items", "“咖啡爱好者”类商品")
    assert unnamed.goods("category_frzn_fish") == ("“FRZN FISH” items", "“FRZN FISH”类商品")


def test_a_feature_without_words_is_told_by_its_name() -> None:
    told = WORDS.told("moon_phase")
    assert WORDS.sentence(told, 0.5, 0.1, "en", is_compared=True) == "“moon_phase” is 0.5 (typical: 0.1)"


def said(
    feature: str, value: float | None, typical: float | None = None, currency: str = "CNY"
) -> tuple[str, str]:
    words = Vocabulary(SPEC, taxonomy(goods=GOODS), currency)
    told = words.told(feature)
    english = words.sentence(told, value, typical, "en", is_compared=True)
    return english, words.sentence(told, value, typical, "zh", is_compared=True)


@pytest.mark.parametrize(
    ("feature", "value", "typical", "english", "chinese"),
    [
        (
            "baskets_84d__coffee",
            5,
            1,
            "bought coffee 5 times in the last 84 days (typical: once)",
            "最近 84 天买过 5 次咖啡（一般：1 次）",
        ),
        (
            "days_since_last_purchase__coffee",
            None,
            30,
            "has never bought coffee (typical: 30 days ago)",
            "从未买过咖啡（一般：30 天前）",
        ),
        (
            "days_since_last_purchase__coffee",
            1,
            None,
            "last bought coffee yesterday (typical: never)",
            "上次买咖啡是昨天（一般：从未）",
        ),
        (
            "baskets_per_84d_ever__coffee",
            6,
            0.2,
            "buys coffee about every 14 days (typical: about every 420 days)",
            "买咖啡约每 14 天一次（一般：约每 420 天一次）",
        ),
        (
            "baskets_56d",
            1,
            7,
            "placed 1 order in the last 56 days (typical: 7 orders)",
            "最近 56 天下了 1 单（一般：7 单）",
        ),
        (
            "spend_28d",
            1234.5,
            99.5,
            "spent ¥1,234 in the last 28 days (typical: ¥99.50)",
            "最近 28 天消费 1,234 元（一般：99.50 元）",
        ),
        (
            "baskets_trend_28d",
            -1,
            0,
            "placed 1 fewer order in the last 28 days than in the 28 before (typical: no change)",
            "最近 28 天下单比之前 28 天少 1 单（一般：持平）",
        ),
        (
            "profile_city__North",
            0,
            0.28,
            "City is not North (28% of customers are)",
            "城市不是 North（28% 的客户如此）",
        ),
        ("profile_age", 1, 0, "Age is old (typical: young)", "年龄为 old（一般：young）"),
        ("profile_age", None, 0, "Age is not known (typical: young)", "年龄未知（一般：young）"),
        (
            "weekday_share_84d__friday",
            0.004,
            0.12,
            "placed under 1% of the last 84 days' orders on Fridays (typical: 12%)",
            "最近 84 天的订单有不到 1% 在周五（一般：12%）",
        ),
        (
            "recency_over_gap_mean",
            3.21,
            0.6,
            "has not ordered for 3.2 times their usual gap between orders (typical: 0.6 times)",
            "距上次下单已是平时购买间隔的 3.2 倍（一般：0.6 倍）",
        ),
        (
            "baskets_84d",
            12,
            12,
            "placed 12 orders in the last 84 days, as is typical",
            "最近 84 天下了 12 单，与一般客户一样",
        ),
    ],
)
def test_a_sales_person_would_say_it_like_this(
    feature: str, value: float | None, typical: float | None, english: str, chinese: str
) -> None:
    assert said(feature, value, typical) == (english, chinese)


def test_money_is_told_in_the_shops_currency() -> None:
    assert said("spend_84d", 12.5, 0, "USD")[0].startswith("spent $12.50 ")
    assert said("spend_84d", 12.5, 0, "JPY")[1].startswith("最近 84 天消费 12 日元")
    assert said("spend_84d", 12.5, 0, "CHF")[0].startswith("spent CHF 12.50 ")
    assert said("spend_84d", 12.5, 0, "CHF")[1].startswith("最近 84 天消费 12.50 CHF")


def test_no_measure_is_in_two_groups() -> None:
    for groups in (GENERAL, OF_GOODS):
        stems = [stem for group in groups.values() for stem in group.measures]
        assert len(stems) == len(set(stems))


def test_texts_of_both_languages_have_the_same_placeholders() -> None:
    measures = [m for groups in (GENERAL, OF_GOODS) for group in groups.values() for m in told_in(group)]
    for measure in measures:
        for pair in (measure.said, measure.none, measure.missing):
            if pair is not None:
                english, chinese = (sorted(re.findall(r"\{\w+\}", text)) for text in pair)
                assert english == chinese


def told_in(group: Group) -> list[Measure]:
    return list(group.measures.values())


ALWAYS_THERE = {
    name
    for name in {feature.partition("__")[0] for feature in FEATURES}
    if re.fullmatch(
        r"(baskets|purchases|spend|purchase_days|interests|contacts|presences|opinions|campaigns|redemptions|"
        r"refunds|refunded|discount|distinct_items|distinct_categories|distinct_locations)_(\d+d|ever)"
        r"|(baskets|spend)_trend_28d",
        name,
    )
}
"""Counts and sums, which are 0 where nothing was."""
