"""The taxonomy: what each tag means, how it can be proved wrong, and what is wrong with a file that says it badly."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import InvalidInputError, NotFoundError
from features.outcomes import Target
from tags.taxonomy import (
    DEFAULT_FILE,
    PurchaseOutcome,
    ReviewedOutcome,
    Taxonomy,
    load_taxonomy,
    parse_taxonomy,
    taxonomy_schema,
)

CATEGORIES_OF = {
    "baby": {"DIAPERS & DISPOSABLES", "BABY FOODS", "BABY HBC", "INFANT FORMULA", "INFANT CARE PRODUCTS"},
    "cat": {"CAT FOOD", "CAT LITTER"},
    "dog": {"DOG FOODS"},
    "beer": {"BEERS/ALES"},
    "wine": {"DOMESTIC WINE", "IMPORTED WINE", "MISC WINE"},
    "coffee": {"COFFEE"},
    "tea": {"TEAS"},
    "makeup": {"MAKEUP AND TREATMENT"},
    "hair_care": {"HAIR CARE PRODUCTS"},
    "cards_party": {"GREETING CARDS/WRAP/PARTY SPLY"},
    "magazines": {"MAGAZINE"},
    "organic_produce": {"ORGANICS FRUIT & VEGETABLES"},
    "seafood": {"SEAFOOD - FROZEN", "SEAFOOD-FRESH"},
    "hispanic_foods": {"HISPANIC"},
    "frozen_pizza": {"FROZEN PIZZA"},
    "tobacco": {"CIGARETTES"},
    "cold_flu": {"COLD AND FLU"},
    "yogurt": {"YOGURT"},
}
BY_DEPARTMENT = ["salad_bar", "floral", "fuel", "nutrition"]


def tag(**changes: Any) -> dict[str, Any]:
    """A tag as a file says it."""
    plain = {
        "key": "tea",
        "name": {"en": "Tea", "zh": "茶"},
        "definition": {"en": "Buys tea within 30 days", "zh": "30 天内购买茶叶"},
        "outcome": {"type": "purchase", "categories": ["TEAS"]},
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def taxonomy(*tags: dict[str, Any]) -> Taxonomy:
    return parse_taxonomy({"tags": list(tags or [tag()])})


def refused(*tags: dict[str, Any]) -> dict[str, str]:
    """What is said about each culprit."""
    with pytest.raises(InvalidInputError) as caught:
        taxonomy(*tags)
    return {problem.field: str(problem.message) for problem in caught.value.fields}


def test_demo_has_22_tags_of_what_is_bought_with_their_categories() -> None:
    tags = load_taxonomy().outcome_tags
    assert [one.key for one in tags] == [*CATEGORIES_OF, *BY_DEPARTMENT]
    for one in tags:
        assert isinstance(one.outcome, PurchaseOutcome)
        if one.key in CATEGORIES_OF:
            assert (set(one.outcome.categories), one.outcome.level) == (CATEGORIES_OF[one.key], 1)
        else:
            assert one.outcome.level == 0


def test_demo_has_three_tags_that_people_tell_and_hides_what_defines_them() -> None:
    found = {
        one.key: set(one.outcome.defined_by)
        for one in load_taxonomy().reviewed_tags
        if isinstance(one.outcome, ReviewedOutcome)
    }
    assert found == {
        "family_with_kids": {"household_comp", "kids_count", "household_size"},
        "older_household": {"age"},
        "homeowner": {"home_ownership"},
    }


def test_every_demo_tag_is_named_and_defined_in_both_languages() -> None:
    taxonomy = load_taxonomy()
    for one in taxonomy.tags:
        for text in (one.name, one.definition):
            assert text.in_language("en").isascii()
            assert not text.in_language("zh").isascii()
    for one in taxonomy.outcome_tags:
        assert "30" in one.definition.in_language("en")
        assert "30" in one.definition.in_language("zh")


def test_defaults_are_those_of_the_design() -> None:
    one = taxonomy()["tea"]
    assert (one.floor, one.target_precision, one.lifetime_days) == (0.1, 0.8, 30)
    assert (one.kind, one.method) == ("interest", "model")


def test_groups_and_targets_are_those_of_the_tags_whose_outcome_events_tell() -> None:
    loves = {"type": "event", "events": ["rating"], "at_least": 4, "categories": ["Drama"], "level": 0}
    found = taxonomy(
        tag(),
        tag(key="gourmet", outcome={"type": "reviewed", "defined_by": ["city"]}),
        tag(key="drama", outcome=loves),
        tag(key="writes", outcome={"type": "event", "events": ["contact"]}),
    )
    assert [(group.name, group.labels, group.level) for group in found.groups] == [
        ("tea", ("TEAS",), 1),
        ("drama", ("Drama",), 0),
    ]
    assert [one.key for one in found.outcome_tags] == ["tea", "drama", "writes"]
    assert found.targets == (
        Target("tea", ("purchase",)),
        Target("drama", ("rating",), at_least=4.0),
        Target("writes", ("contact",), in_group=False),
    )
    (reviewed,) = found.reviewed_tags
    assert isinstance(reviewed.outcome, ReviewedOutcome)
    assert reviewed.outcome.defined_by == ("city",)


def test_version_tells_contents_apart_and_nothing_else() -> None:
    first = taxonomy()
    assert first.version == taxonomy(tag(floor=0.1)).version  # the default, written out
    assert first.version != taxonomy(tag(floor=0.2)).version
    assert first.version != taxonomy(tag(name={"en": "Tea", "zh": "茶叶"})).version


def test_version_of_a_file_that_says_nothing_new_stays_what_it_always_was() -> None:
    """Releases and registered models name it."""
    assert taxonomy().version == "56e9db5d2ece"


def test_unknown_tag_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"there is no tag 'tee'; the tags are tea"):
        taxonomy()["tee"]


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        (tag(key="Tea!"), "tags.0.key", "expected a text of the form ^[a-z][a-z0-9_]{0,47}$, got 'Tea!'"),
        (tag(name={"en": "Tea"}), "tags.0.name.zh", "this key is required"),
        (tag(name={"en": "", "zh": "茶"}), "tags.0.name.en", "expected 1 or more characters, got ''"),
        (
            tag(outcome={"type": "guess"}),
            "tags.0.outcome",
            "below it 'type' has to be one of 'purchase', 'event', 'reviewed'",
        ),
        (tag(outcome={}), "tags.0.outcome", "below it the key 'type' is required"),
        (
            tag(outcome={"type": "event", "events": []}),
            "tags.0.outcome.event.events",
            "expected 1 or more entries, got 0",
        ),
        (
            tag(outcome={"type": "purchase", "categories": []}),
            "tags.0.outcome.purchase.categories",
            "expected 1 or more entries, got 0",
        ),
        (tag(floor=1.5), "tags.0.floor", "expected at most 1.0, got 1.5"),
        (tag(target_precision=1), "tags.0.target_precision", "expected less than 1.0, got 1"),
        (tag(lifetime_days="long"), "tags.0.lifetime_days", "expected a whole number, got 'long'"),
        (tag(colour="green"), "tags.0.colour", "there is no such key"),
        (tag(definition=None), "tags.0.definition", "this key is required"),
    ],
)
def test_fault_is_named_with_what_was_expected(wrong: dict[str, Any], field: str, message: str) -> None:
    assert refused(wrong) == {field: message}


def test_key_that_is_given_twice_is_named() -> None:
    assert refused(tag(), tag(key="coffee"), tag()) == {"tags": "tag keys must be unique; given twice: tea"}


def test_all_faults_are_named_at_once() -> None:
    assert set(refused(tag(floor=-1), tag(key="x y"))) == {"tags.0.floor", "tags.1.key"}


def test_file_without_tags_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tags.yaml"
    for content, field in (("tags: []", "tags"), ("", "tags"), ("[]", "tags"), ("tugs: []", "tags")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidInputError) as caught:
            load_taxonomy(file)
        assert field in {problem.field for problem in caught.value.fields}


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"cannot read .*none\.yaml"):
        load_taxonomy(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("tags: [", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="is not valid YAML"):
        load_taxonomy(tmp_path / "bad.yaml")
    (tmp_path / "gbk.yaml").write_bytes("tags: 茶".encode("gbk"))
    with pytest.raises(InvalidInputError, match=r"gbk\.yaml"):
        load_taxonomy(tmp_path / "gbk.yaml")


def test_schema_file_is_what_the_model_says() -> None:
    file = DEFAULT_FILE.with_name("taxonomy.schema.json")
    assert json.loads(file.read_text(encoding="utf-8")) == taxonomy_schema()


def test_default_file_points_editors_at_the_schema() -> None:
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert "yaml-language-server: $schema=taxonomy.schema.json" in text
    assert yaml.safe_load(text)["tags"]
