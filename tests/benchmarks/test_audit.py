"""The figure about the audit comes from the replay that the home keeps, and says so where there is none."""

from pathlib import Path

import pytest

from benchmarks.audit import DRAWS, measure
from core.errors import NotReadyError
from core.settings import Settings
from tagloop.replaying.record import suggestions_file
from tests.tagloop.replaying.made_up_weeks import TAGS, made_up_week


def test_figure_is_the_share_of_draws_whose_interval_holds_the_truth(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, reviews_per_day=50, audit_share=0.4)
    file = suggestions_file(settings.model_copy(update={"home": tmp_path / "replay"}), 1)
    file.parent.mkdir(parents=True)
    made_up_week(3, customers=200).to_parquet(file, index=False)
    (figure,) = measure(settings, TAGS)
    assert figure.name == "review.audit_coverage"
    assert figure.reached
    assert 0.85 <= figure.value <= 1
    assert f"{DRAWS} audits" in figure.meaning.render("en")


def test_home_without_a_replay_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="run `tagloop replay --from DAY` first"):
        measure(Settings(home=tmp_path), TAGS)
