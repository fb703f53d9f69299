"""Packs are activated as far as a shop's data can feed them, and say why not."""

import re
from dataclasses import replace
from typing import Any

import pytest

from core.errors import InvalidInputError, NotFoundError
from features.contract import Role
from features.spec import FeatureSpec
from tags.definition import Method
from tags.packs.pack import PACKS, read_pack
from tags.packs.seen import Seen
from tags.taxonomy import Taxonomy
from tests.tags.packs.shops import ALL_SEEN, GROUPS, RICH, attribute, fitted

POOR = FeatureSpec("UTC", GROUPS, ("store",))
ONLY_BOUGHT = Seen(frozenset({"purchase"}), False, frozenset(), GROUPS[1:], ())  # noqa: FBT003 (a fact)
CHINESE = re.compile("[一-鿿]")


def why_not(pack: str, **more: Any) -> dict[str, str]:
    found = fitted(pack, POOR, ONLY_BOUGHT, **more)
    return {one.key: str(one.because) for one in found.left_out}


@pytest.mark.parametrize("pack", PACKS)
def test_shop_that_has_everything_gets_every_tag(pack: str) -> None:
    found = fitted(pack)
    assert found.left_out == ()
    assert Taxonomy(tags=found.tags, groups=found.groups).current == found.tags
    assert len(found.tags) >= len(read_pack(pack).entries)


@pytest.mark.parametrize("pack", PACKS)
def test_every_tag_says_in_both_languages_what_it_means_and_why_it_is_used(pack: str) -> None:
    for tag in fitted(pack).tags:
        assert tag.purpose is not None
        for words in (tag.name, tag.definition, tag.purpose):
            assert "{" not in words.en + words.zh
            assert CHINESE.search(words.zh), tag.key
            assert not CHINESE.search(words.en) or tag.key.startswith(("wants", "loves", "prefers"))


def test_general_pack_covers_what_every_shop_asks_for() -> None:
    kinds = {tag.kind for tag in fitted("general").tags}
    assert kinds == {"attribute", "behaviour", "interest", "value", "lifecycle", "loyalty", "channel"}
    assert {tag.method for tag in fitted("general").tags} == {Method.RULE, Method.TRIGGER}


def test_each_tag_that_cannot_be_fed_is_told_with_its_reason() -> None:
    found = why_not("general")
    assert found["gender"] == (
        "the shop has no attribute gender; if it is called otherwise, give --attribute gender=NAME (there are: -)"
    )
    assert found["coupon_user"].startswith("no event of the type or role redemption ever came")
    assert found["discount_seeker"] == "no line of the data has money off (discount)"
    assert found["prefers_store"] == "the data have only one channel, so nobody prefers any"
    assert "frequency_high" not in found
    found = why_not("automotive")
    assert found["wants_…"] == "the data have no categories of items that were bought or looked at"
    assert found["test_drive"].startswith("the shop has no event type test_drive")
    assert why_not("e-commerce")["delivery_pickup"].startswith("no event has a property delivery")


def test_other_names_of_facts_are_recognised_and_told() -> None:
    assert fitted("general").read_as == {
        "age_band": "age",
        "gender": "sex",
        "region": "city",
        "occupation": "job",
        "income_band": "income",
        "household_size": "family_size",
        "birthday": "birth_date",
    }
    assert fitted("e-commerce").read_as == {
        "web": "Website",
        "marketplace": "tmall",
        "delivery_preference": "shipping",
    }


def test_own_name_of_a_fact_can_be_given() -> None:
    spec = replace(POOR, attributes=(attribute("bracket", "ordinal", "a", "b"),))
    assert "age_band" not in {tag.key for tag in fitted("general", spec).tags}
    found = fitted("general", spec, choices={"attribute": {"age_band": "bracket"}})
    (tag,) = (tag for tag in found.tags if tag.key == "age_band")
    assert tag.rule is not None
    assert tag.rule.value == "attribute.bracket"


@pytest.mark.parametrize(
    ("choices", "field", "message"),
    [
        (
            {"attribute": {"age_band": "agee"}},
            "attribute.age_band",
            "the shop has no 'agee'; it has age, sex",
        ),
        (
            {"attribute": {"shoe": "age"}},
            "attribute.shoe",
            "the pack asks for no such word; it asks for age_band",
        ),
        ({"event": {"age_band": "view"}}, "event.age_band", "the pack asks for no such word; it asks for -"),
    ],
)
def test_name_that_is_not_there_is_told(choices: Any, field: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        fitted("general", choices=choices)
    (problem,) = caught.value.fields
    assert (problem.field, str(problem.message)[: len(message)]) == (field, message)


def test_tag_is_included_though_no_such_event_came() -> None:
    assert "cart_left" in why_not("general")
    found = fitted("general", POOR, ONLY_BOUGHT, include=["cart_left"])
    assert "cart_left" in {tag.key for tag in found.tags}
    with pytest.raises(InvalidInputError, match="the pack general has no tag bought_moon"):
        fitted("general", POOR, ONLY_BOUGHT, include=["bought_moon"])


def test_figures_are_put_into_bands_where_the_shop_keeps_figures() -> None:
    spec = replace(
        POOR, attributes=(attribute("age", "number"), attribute("budget", "ordinal", "10k", "20k"))
    )
    (age,) = (tag for tag in fitted("general", spec).tags if tag.key == "age_band")
    assert age.rule is not None
    assert "'25-34'" in str(age.rule.value)
    (budget,) = (tag for tag in fitted("automotive", spec).tags if tag.key == "budget_band")
    assert budget.values is None
    (budget,) = (tag for tag in fitted("automotive").tags if tag.key == "budget_band")
    assert budget.values == ("low", "middle", "high")


def test_tags_of_an_earlier_activation_stay_when_they_could_not_be_had_now() -> None:
    before = {tag.key: tag for tag in fitted("general", POOR).tags}
    assert "coupon_user" in before
    found = fitted("general", POOR, ONLY_BOUGHT, kept=before)
    assert before["coupon_user"] in found.tags
    assert "coupon_user" not in {one.key for one in found.left_out}


def test_categories_are_those_bought_most_in_their_order() -> None:
    seen = replace(ALL_SEEN, categories=(GROUPS[2], GROUPS[1]))
    found = [tag for tag in fitted("general", RICH, seen).tags if tag.key.startswith("loves_")]
    assert [(tag.key, tag.name.en) for tag in found] == [
        ("loves_bread", "Loves Bread"),
        ("loves_tea", "Loves Tea"),
    ]


def test_shop_without_views_of_items_has_no_interest_of_automotive() -> None:
    spec = replace(RICH, attention=())
    found = fitted("automotive", spec)
    assert {one.key for one in found.left_out} == {"wants_tea", "wants_bread"}
    assert Role.INTEREST not in spec.attention


def test_pack_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="there is no pack 'generel'; the packs are general, e-commerce"):
        read_pack("generel")
