"""Audits drawn again: the interval holds the truth as often as it claims, and a wrong draw is found out."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import NotReadyError
from core.settings import Settings
from tagloop.replaying.audit_draws import coverage_of, draw_again
from tagloop.replaying.record import AUDIT_LEVEL, suggestions_file
from tests.tagloop.replaying.made_up_weeks import TAGS, made_up_week


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("replayed"), reviews_per_day=100, audit_share=0.2)
    for week in (1, 2):
        file = suggestions_file(settings, week)
        file.parent.mkdir(exist_ok=True)
        made_up_week(week).to_parquet(file, index=False)
    return settings


def test_truth_lies_in_the_interval_as_often_as_it_claims(replayed: Settings) -> None:
    found = coverage_of(draw_again(replayed, TAGS, 200))
    assert found.draws == 200
    assert found.high >= AUDIT_LEVEL  # not surely less often than it claims
    assert found.share >= 0.85
    assert abs(found.error) < 0.03
    assert found.width < 0.35  # it tells something


def test_interval_about_another_truth_is_found_out(replayed: Settings) -> None:
    found = draw_again(replayed, TAGS, 40)
    wrong = [type(one)(one.week, one.estimate, one.truth - 0.2) for one in found]
    assert coverage_of(wrong).high < AUDIT_LEVEL


def test_draws_differ_and_are_the_same_again(replayed: Settings) -> None:
    first = [one.estimate.value for one in draw_again(replayed, TAGS, 8)]
    assert len(set(first)) > 4
    assert first == [one.estimate.value for one in draw_again(replayed, TAGS, 8)]


def test_week_whose_outcomes_nobody_knows_is_left_out(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    file = suggestions_file(settings, 1)
    file.parent.mkdir()
    made_up_week(1).assign(says=np.nan).to_parquet(file, index=False)
    with pytest.raises(NotReadyError, match="run `tagloop replay --from DAY` first"):
        draw_again(settings, TAGS, 2)
