"""Errors of the domain speak both languages and name single culprits."""

import pytest

from core.errors import ConflictError, FieldError, NotFoundError, TagloopError
from core.language import Text
from tests.core.texts import error_classes


def test_error_says_its_message_in_both_languages() -> None:
    error = NotFoundError("there is no tag {key}; the tags are {known}", key="'tee'", known="tea")
    assert str(error) == "there is no tag 'tee'; the tags are tea"
    assert error.text.render("zh") == "没有标签 'tee'；现有标签：tea"


def test_error_keeps_the_fields_that_are_wrong() -> None:
    problem = FieldError("events.3.amount", Text("expected a list"))
    assert ConflictError("there is no such key", fields=(problem,)).fields == (problem,)


def test_braces_of_a_value_are_no_placeholders() -> None:
    assert str(TagloopError("there is no such key")) == "there is no such key"
    assert str(Text("{problem}", {"problem": "{x}"})) == "{x}"


def test_every_kind_of_error_has_a_code_of_its_own() -> None:
    kinds = TagloopError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert {kind.__name__ for kind in kinds} < error_classes()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_that_nobody_translated_is_said_as_it_is(language: str) -> None:
    assert Text("no such entry").render("zh" if language == "zh" else "en") == "no such entry"
