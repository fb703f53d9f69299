from pathlib import Path

import pytest

from core.errors import InvalidInputError
from monitoring.thresholds import OWN_FILE, Threshold, read_thresholds


def test_every_threshold_says_in_both_languages_what_it_is_of() -> None:
    for name, one in read_thresholds().by_name.items():
        assert one.meaning.en, name
        assert one.meaning.zh != one.meaning.en, name


def test_a_home_changes_single_levels(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text("volume: {critical: 0.9}\n", encoding="utf-8")
    own, given = read_thresholds(tmp_path), read_thresholds()
    assert (own["volume"].critical, own["volume"].warning) == (0.9, given["volume"].warning)
    assert own["parity"] == given["parity"]


def test_small_figures_are_bad_where_critical_lies_below_warning() -> None:
    one = Threshold.model_validate({"warning": 0.8, "critical": 0.6, "meaning": {"en": "x", "zh": "y"}})
    assert [one.alarm(value) for value in (0.9, 0.8, 0.7, 0.6)] == [None, "warning", "warning", "critical"]


@pytest.mark.parametrize(
    ("content", "culprit", "said"),
    [
        ("volumes: {critical: 1}", "volumes", "there is no such threshold"),
        ("volume: {critical: much}", "critical", "number"),
        ("volume: {worst: 1}", "worst", "no such key"),
        ("- volume", OWN_FILE, "expected names"),
        ("volume: {critical: .nan}", "critical", "expected a number"),
    ],
)
def test_a_wrong_file_of_a_home_is_refused_and_the_culprit_named(
    tmp_path: Path, content: str, culprit: str, said: str
) -> None:
    (tmp_path / OWN_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_thresholds(tmp_path)
    assert any(culprit in one.field for one in caught.value.fields), caught.value.fields
    assert said in caught.value.fields[0].message.render()


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_text("volume: {", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="no valid YAML"):
        read_thresholds(tmp_path)
