"""The spec: what a version stands for, and which columns a shop gets by what it has."""

from dataclasses import replace

from features.catalogue import CategoryGroup
from features.contract import Role
from features.kernel import column_names
from features.spec import ATTENTION_ROLES, FeatureSpec
from tests.features.worlds import spec_in

SHOP = FeatureSpec(
    timezone="America/New_York", groups=(CategoryGroup("coffee", ("COFFEE",)),), channels=("store",)
)


def test_spec_comes_back_from_its_json_with_the_same_version() -> None:
    for spec in (SHOP, spec_in("Asia/Shanghai"), replace(SHOP, attention=(Role.OPINION,))):
        again = FeatureSpec.from_json(spec.as_json())
        assert (again, again.schema_version) == (spec, spec.schema_version)


def test_shop_without_views_or_ratings_of_items_keeps_version_and_columns() -> None:
    """A release that was trained before there were such columns goes on serving."""
    assert SHOP.schema_version == "0b13285efee6"
    assert not [name for name in column_names(SHOP) if "interests_28d__" in name or "rating" in name]


def test_views_and_ratings_of_items_add_columns_behind_the_others() -> None:
    before, after = column_names(SHOP), column_names(replace(SHOP, attention=ATTENTION_ROLES))
    assert after[: len(before)] == before
    assert after[len(before) :] == (
        "interests_28d__coffee",
        "interests_84d__coffee",
        "days_since_last_interest__coffee",
        "opinions_84d__coffee",
        "opinions_ever__coffee",
        "days_since_last_opinion__coffee",
        "rating_mean_ever__coffee",
        "rating_mean_ever",
    )


def test_purchases_that_carry_ratings_add_what_they_say_on_average() -> None:
    before, after = column_names(SHOP), column_names(replace(SHOP, attention=(Role.PURCHASE,)))
    assert after[len(before) :] == ("rating_mean_ever__coffee", "rating_mean_ever")


def test_what_is_counted_tells_versions_apart() -> None:
    specs = [replace(SHOP, attention=roles) for roles in ((), (Role.OPINION,), ATTENTION_ROLES)]
    assert len({spec.schema_version for spec in specs}) == len(specs)
